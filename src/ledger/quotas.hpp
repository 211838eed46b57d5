// Quotas: keeps count of what each key, project and tenant uses, and says no before more is used than was allowed.
//
// Requests and tokens of a minute flow in steadily: who used a minute's worth at once waits until some have come back,
// not for a full minute. What an answer will write is not known before: tokens are taken when they were used, and who
// used more than there were waits longer. Money is not owed: the worst case is set aside before anything is sent, so
// that no budget is ever overdrawn by more than a provider counts beyond what it was granted.
//
// Counts live in memory. What was spent before the start is told to replace(), from the store; minutes begin full. A
// quota that is changed while the server runs begins with what the store knows: an answer that runs at that moment is
// added when it has ended.
//
// Any thread. Time comes in: a clock that is set back gives nobody anything anew. Errors: rate_limited with
// retry_after, budget_exhausted with the sums.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/money.hpp"
#include "domain/principal.hpp"
#include "domain/quota.hpp"

namespace entente::ledger {

// Months and days of UTC.
struct Periods {
  Instant day, month;            // when they began
  Instant next_day, next_month;  // when the next begin
};
Periods periods_at(Instant now);

class Quotas {
 public:
  // One count: of a quota, for one of those it is for.
  struct Account;
  using Accounts = std::vector<std::shared_ptr<Account>>;

  // A request that is being answered; it ends when this does. Empty where no quota is for who asks.
  class [[nodiscard]] Entered {
   public:
    Entered() = default;
    Entered(Entered&&) noexcept = default;
    Entered& operator=(Entered&&) = delete;
    ~Entered();

   private:
    friend class Quotas;
    Quotas* quotas_ = nullptr;
    Accounts accounts_;
  };

  // Money and tokens set aside for one attempt. Given back when this ends, less what settle() says was used.
  class [[nodiscard]] Held {
   public:
    Held();
    Held(Held&& other) noexcept;
    Held& operator=(Held&& other) noexcept;
    ~Held();

    // Once. `who`, as for hold().
    void settle(const Principal& who, std::int64_t tokens, const Money& cost, Instant now);

   private:
    friend class Quotas;
    struct Aside;
    std::unique_ptr<Aside> aside_;
  };

  // From now on these; counts of quotas that stay as they were go on.
  void replace(std::vector<Quota> quotas, std::span<const Spent> spent, Instant now);
  bool any() const { return any_.load(std::memory_order_relaxed); }

  // Before a request is looked at any further.
  Result<Entered> enter(const Principal& who, Instant now);

  // Before an attempt: what it may cost at most, and the tokens that are known of already.
  Result<Held> hold(const Principal& who, std::int64_t prompt_tokens, const Money& most, Instant now);

  // A count as it stands, for showing it.
  struct Standing {
    std::shared_ptr<const Quota> quota;
    std::string of;  // name of the key, the project (with its tenant) or the tenant; empty: everybody's
    std::int64_t requests_left = 0, tokens_left = 0;
    std::chrono::milliseconds requests_full{0}, tokens_full{0};  // until all of a minute's are there again
    std::uint32_t running = 0;
    std::int64_t spent_today = 0, spent_this_month = 0, aside = 0;
  };
  std::vector<Standing> of(const Principal& who, Instant now);  // that are for them
  std::vector<Standing> all(Instant now);                       // that somebody has used

  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }  // since the start

 private:
  struct Book {
    std::shared_ptr<const Quota> quota;
    std::map<std::string, std::shared_ptr<Account>, std::less<>> accounts;  // by the id of whom they are of
  };
  // Under the lock:
  static std::shared_ptr<Account> account_of(Book& book, const Principal& who, Instant now);
  Accounts accounts_for(const Principal& who, Instant now);
  void begin_periods(Instant now);
  std::optional<Error> over_budget(const Account& account, const Money& most) const;
  static Standing standing(const Account& account);

  std::atomic<bool> any_ = false;
  std::atomic<std::uint64_t> refused_ = 0;
  mutable std::mutex mutex_;
  std::vector<Book> books_;
  Periods periods_{};
};

}  // namespace entente::ledger
