#include "ledger/quotas.hpp"

#include <algorithm>
#include <cmath>
#include <format>
#include <utility>

#include "domain/deployment.hpp"

namespace entente::ledger {

namespace {

using std::chrono::milliseconds;

// A minute's worth that flows in steadily. May be below zero: what was used is known only afterwards.
class Flow {
 public:
  // For the time that has gone by the bound that held then; `a_minute` holds from now on. A bound that comes later
  // begins full: what was used while there was none is not owed.
  void fill(std::uint32_t a_minute, Instant now) {
    double gone = std::chrono::duration<double>(std::max(now - at_, Instant::duration::zero())).count();
    left_ = std::min<double>(a_minute_, left_ + gone * a_minute_ / 60);
    left_ = a_minute_ == 0 ? a_minute : std::min<double>(a_minute, left_);
    a_minute_ = a_minute;
    at_ = now;
  }

  // Below zero: gives back. Where there is no bound, nothing is counted.
  void take(double some) {
    if (a_minute_ > 0) left_ -= some;
  }

  // Until `wanted` are there.
  milliseconds wait_for(double wanted) const {
    if (left_ >= wanted || a_minute_ == 0) return milliseconds(0);
    return milliseconds(std::max(1LL, std::llround(std::ceil((wanted - left_) * 60'000 / a_minute_))));
  }
  milliseconds until_full() const { return wait_for(a_minute_); }

  std::int64_t whole() const { return static_cast<std::int64_t>(std::floor(std::max(left_, 0.0))); }

 private:
  std::uint32_t a_minute_ = 0;  // 0: no bound
  double left_ = 0;
  Instant at_{};
};

bool has_money(const Quota& quota) { return quota.nano_per_day || quota.nano_per_month; }

bool is_for(const Quota& quota, const Principal& who) {
  return fits_any(quota.tenants, who.tenant_name) && fits_any(quota.projects, who.project_name) &&
         fits_any(quota.keys, who.key_name);
}

// Whether a count of the one goes on as a count of the other.
bool counts_the_same(const Quota& a, const Quota& b) {
  return a.name == b.name && a.each == b.each && a.tenants == b.tenants && a.projects == b.projects &&
         a.keys == b.keys && a.currency == b.currency && has_money(a) == has_money(b);
}

struct Whose {
  std::string id, name;
};

Whose whose(Quota::Each each, const Principal& who) {
  switch (each) {
    case Quota::Each::key: return {who.key, who.key_name};
    case Quota::Each::project: return {who.project, std::format("{}/{}", who.tenant_name, who.project_name)};
    case Quota::Each::tenant: return {who.tenant, who.tenant_name};
    case Quota::Each::all: break;
  }
  return {};
}

std::string says(const Quota& quota) {
  return quota.each == Quota::Each::all
             ? std::format("The quota '{}' allows in all", quota.name)
             : std::format("The quota '{}' allows each {}", quota.name, to_string(quota.each));
}

// "1 answer", "60 requests".
std::string counted(std::uint32_t count, std::string_view what) {
  return std::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string in_words(milliseconds time) {
  return time < milliseconds(10'000) ? std::format("{:.1f} s", static_cast<double>(time.count()) / 1e3)
                                     : std::format("{} s", (time.count() + 999) / 1000);
}

// "12.50", "0.000123": all that is there, at least two decimals.
std::string in_words(std::int64_t nano) {
  std::string text =
      std::format("{}{}.{:09}", nano < 0 ? "-" : "", std::abs(nano) / 1'000'000'000, std::abs(nano) % 1'000'000'000);
  while (text.ends_with('0') && text[text.size() - 3] != '.') text.pop_back();
  return text;
}

bool fits(std::int64_t spent, std::int64_t aside, std::int64_t more, std::int64_t most) {
  std::int64_t sum = 0;
  return !__builtin_add_overflow(spent, aside, &sum) && !__builtin_add_overflow(sum, more, &sum) && sum <= most;
}

void add(std::int64_t& sum, std::int64_t more) {
  if (__builtin_add_overflow(sum, more, &sum)) sum = INT64_MAX;  // beyond every budget that can be written
}

}  // namespace

struct Quotas::Account {
  std::shared_ptr<const Quota> quota;
  std::string of;  // name
  Flow requests, tokens;
  std::uint32_t running = 0;
  std::int64_t today = 0, this_month = 0, aside = 0;  // nano-units

  void fill(Instant now) {
    requests.fill(quota->requests_per_minute, now);
    tokens.fill(quota->tokens_per_minute, now);
  }
};

struct Quotas::Held::Aside {
  Quotas* quotas;
  Accounts accounts;
  std::int64_t tokens;
  Money most;

  void give_back() {  // under the lock
    for (const auto& account : accounts) {
      account->tokens.take(-static_cast<double>(tokens));
      if (account->quota->currency == most.currency) account->aside -= most.nano;
    }
    accounts.clear();
  }
};

Periods periods_at(Instant now) {
  using namespace std::chrono;
  sys_days day = floor<days>(now);
  year_month_day date(day);
  sys_days month = sys_days(date.year() / date.month() / 1);
  sys_days next_month = sys_days((date.year() / date.month() + months(1)) / 1);
  return {.day = day, .month = month, .next_day = day + days(1), .next_month = next_month};
}

Quotas::Entered::~Entered() {
  if (accounts_.empty()) return;
  std::lock_guard lock(quotas_->mutex_);
  for (const auto& account : accounts_) --account->running;
}

Quotas::Held::Held() = default;
Quotas::Held::Held(Held&& other) noexcept = default;
Quotas::Held& Quotas::Held::operator=(Held&& other) noexcept {
  std::swap(aside_, other.aside_);
  return *this;
}

Quotas::Held::~Held() {
  if (!aside_) return;
  std::lock_guard lock(aside_->quotas->mutex_);
  aside_->give_back();
}

void Quotas::Held::settle(const Principal& who, std::int64_t tokens, const Money& cost, Instant now) {
  if (!aside_) return;
  Quotas& quotas = *aside_->quotas;
  std::lock_guard lock(quotas.mutex_);
  quotas.begin_periods(now);
  aside_->give_back();
  for (const auto& account : quotas.accounts_for(who, now)) {
    account->tokens.take(static_cast<double>(tokens));
    if (cost.nano == 0 || account->quota->currency != cost.currency) continue;
    add(account->today, cost.nano);
    add(account->this_month, cost.nano);
  }
}

void Quotas::replace(std::vector<Quota> quotas, std::span<const Spent> spent, Instant now) {
  std::lock_guard lock(mutex_);
  if (periods_.next_day == Instant{}) periods_ = periods_at(now);
  begin_periods(now);
  std::vector<Book> before = std::exchange(books_, {});
  for (Quota& each : quotas) {
    auto quota = std::make_shared<const Quota>(std::move(each));
    auto same = std::ranges::find_if(before, [&](const Book& book) { return counts_the_same(*book.quota, *quota); });
    bool goes_on = same != before.end();
    books_.push_back({.quota = quota, .accounts = goes_on ? std::move(same->accounts) : Book().accounts});
    Book& book = books_.back();
    for (auto& [id, account] : book.accounts) {
      account->quota = quota;
      account->fill(now);
    }
    for (const Spent& row : goes_on ? std::span<const Spent>() : spent) {
      if (!has_money(*quota) || row.currency != quota->currency || !is_for(*quota, row.who)) continue;
      Account& account = *account_of(book, row.who, now);
      add(account.today, row.today);
      add(account.this_month, row.this_month);
    }
  }
  any_.store(!books_.empty(), std::memory_order_relaxed);
}

std::shared_ptr<Quotas::Account> Quotas::account_of(Book& book, const Principal& who, Instant now) {
  Whose of = whose(book.quota->each, who);
  auto& account = book.accounts[of.id];
  if (!account) {
    account = std::make_shared<Account>();
    account->quota = book.quota;
    account->of = std::move(of.name);
  }
  account->fill(now);
  return account;
}

Quotas::Accounts Quotas::accounts_for(const Principal& who, Instant now) {
  Accounts out;
  for (Book& book : books_) {
    if (is_for(*book.quota, who)) out.push_back(account_of(book, who, now));
  }
  return out;
}

void Quotas::begin_periods(Instant now) {
  if (now < periods_.next_day) return;
  bool new_month = now >= periods_.next_month;
  for (Book& book : books_) {
    for (auto& [id, account] : book.accounts) {
      account->today = 0;
      if (new_month) account->this_month = 0;
    }
  }
  periods_ = periods_at(now);
}

Result<Quotas::Entered> Quotas::enter(const Principal& who, Instant now) {
  Entered entered;
  if (!any()) return entered;
  std::lock_guard lock(mutex_);
  begin_periods(now);
  Accounts accounts = accounts_for(who, now);
  // Of all that it is too much for, what takes longest: who comes back sooner is refused once more.
  milliseconds longest{0};
  std::string why;
  auto wait = [&](milliseconds time, auto&& text) {
    if (time <= longest) return;
    longest = time;
    why = text();
  };
  for (const auto& account : accounts) {
    const Quota& quota = *account->quota;
    if (quota.at_once > 0 && account->running >= quota.at_once) {
      wait(milliseconds(1000),
           [&] { return std::format("{} {} at a time", says(quota), counted(quota.at_once, "answer")); });
    }
    wait(account->requests.wait_for(1),
         [&] { return std::format("{} {} a minute", says(quota), counted(quota.requests_per_minute, "request")); });
    wait(account->tokens.wait_for(1),
         [&] { return std::format("{} {} a minute", says(quota), counted(quota.tokens_per_minute, "token")); });
  }
  if (longest.count() > 0) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return fail({.code = ErrorCode::rate_limited,
                 .message = std::format("{}: come back in {}.", why, in_words(longest)),
                 .retry_after = longest});
  }
  for (const auto& account : accounts) {
    ++account->running;
    account->requests.take(1);
  }
  entered.quotas_ = this;
  entered.accounts_ = std::move(accounts);
  return entered;
}

Result<Quotas::Held> Quotas::hold(const Principal& who, std::int64_t prompt_tokens, const Money& most, Instant now) {
  Held held;
  if (!any()) return held;
  std::lock_guard lock(mutex_);
  begin_periods(now);
  Accounts accounts = accounts_for(who, now);
  for (const auto& account : accounts) {
    if (std::optional<Error> too_much = over_budget(*account, most)) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return fail(*std::move(too_much));
    }
  }
  if (accounts.empty()) return held;
  for (const auto& account : accounts) {
    account->tokens.take(static_cast<double>(prompt_tokens));
    if (account->quota->currency == most.currency) account->aside += most.nano;
  }
  held.aside_ = std::make_unique<Held::Aside>(this, std::move(accounts), prompt_tokens, most);
  return held;
}

std::optional<Error> Quotas::over_budget(const Account& account, const Money& most) const {
  const Quota& quota = *account.quota;
  if (!has_money(quota) || most.nano == 0) return std::nullopt;
  if (most.currency != quota.currency) {
    return Error{.code = ErrorCode::budget_exhausted,
                 .message = std::format("The quota '{}' counts {}, and this deployment is paid in {}: ask for a model "
                                        "whose deployments are paid in {}.",
                                        quota.name, quota.currency, most.currency, quota.currency),
                 .reason = "budget_in_another_currency"};
  }
  auto told = [&](std::int64_t allowed, std::string_view span, std::int64_t spent, Instant anew) {
    return Error{.code = ErrorCode::budget_exhausted,
                 .message = std::format("{} {} {} a {}: {} are spent, {} set aside for answers that run, and this "
                                        "answer may cost {}. A smaller max_tokens may fit; it begins anew at {}.",
                                        says(quota), in_words(allowed), quota.currency, span, in_words(spent),
                                        in_words(account.aside), in_words(most.nano), to_rfc3339(anew))};
  };
  if (quota.nano_per_month && !fits(account.this_month, account.aside, most.nano, *quota.nano_per_month))
    return told(*quota.nano_per_month, "month", account.this_month, periods_.next_month);
  if (quota.nano_per_day && !fits(account.today, account.aside, most.nano, *quota.nano_per_day))
    return told(*quota.nano_per_day, "day", account.today, periods_.next_day);
  return std::nullopt;
}

Quotas::Standing Quotas::standing(const Account& account) {
  return {.quota = account.quota,
          .of = account.of,
          .requests_left = account.requests.whole(),
          .tokens_left = account.tokens.whole(),
          .requests_full = account.requests.until_full(),
          .tokens_full = account.tokens.until_full(),
          .running = account.running,
          .spent_today = account.today,
          .spent_this_month = account.this_month,
          .aside = account.aside};
}

std::vector<Quotas::Standing> Quotas::of(const Principal& who, Instant now) {
  std::vector<Standing> out;
  if (!any()) return out;
  std::lock_guard lock(mutex_);
  begin_periods(now);
  for (const auto& account : accounts_for(who, now)) out.push_back(standing(*account));
  return out;
}

std::vector<Quotas::Standing> Quotas::all(Instant now) {
  std::vector<Standing> out;
  std::lock_guard lock(mutex_);
  begin_periods(now);
  for (Book& book : books_) {
    for (auto& [id, account] : book.accounts) {
      account->fill(now);
      out.push_back(standing(*account));
    }
  }
  return out;
}

}  // namespace entente::ledger
