#include "labels/seekers.hpp"

#include <format>

#include <re2/re2.h>
#include <re2/set.h>

namespace entente::labels {

namespace {

// What the programs of all expressions, and what is worked out from them while texts are read, may take.
constexpr std::int64_t most_memory = std::int64_t{64} << 20;

re2::RE2::Options options() {
  re2::RE2::Options out;
  out.set_log_errors(false);  // they repeat what is looked for
  out.set_max_mem(most_memory);
  return out;
}

std::string bounded(std::string_view pattern) {
  return std::format(R"((?:^|[^\pL\pN_])({})(?:$|[^\pL\pN_]))", pattern);
}

// What `holds` was asked in vain may begin or end too wide: "22 4111 1111 …" has the number behind its first space.
bool separates(char c) { return c == ' ' || c == '-' || c == '.'; }

}  // namespace

struct Seekers::One {
  std::unique_ptr<re2::RE2> expression;  // its first group is what is found
  Holds holds;
};

struct Seekers::Together {
  re2::RE2::Set set{options(), re2::RE2::UNANCHORED};
};

Seekers::Seekers() : together_(std::make_unique<Together>()) {}
Seekers::~Seekers() = default;

Result<std::size_t> Seekers::add(std::string pattern, Holds holds) {
  auto expression = std::make_unique<re2::RE2>(pattern, options());
  std::string wrong = expression->error();
  if (expression->ok() && together_->set.Add(pattern, &wrong) >= 0) {
    all_.push_back({std::move(expression), holds});
    return all_.size() - 1;
  }
  return fail(ErrorCode::invalid_request, wrong);
}

Result<std::size_t> Seekers::add_pattern(std::string_view pattern) {
  // By itself first: what is wrong is told of what was written, without the parentheses that follow.
  re2::RE2 alone(pattern, options());
  if (!alone.ok()) return fail(ErrorCode::invalid_request, alone.error());
  if (re2::RE2::FullMatch("", alone)) return fail(ErrorCode::invalid_request, "it finds nothing everywhere");
  return add(std::format("({})", pattern), nullptr);
}

Result<std::size_t> Seekers::add_bounded(std::string_view pattern, Holds holds) { return add(bounded(pattern), holds); }

Result<std::size_t> Seekers::add_words(const std::vector<std::string>& words) {
  std::string any;
  for (const std::string& word : words) {
    if (!any.empty()) any += '|';
    std::string_view left = word;
    while (true) {
      std::size_t star = left.find('*');
      any += re2::RE2::QuoteMeta(left.substr(0, star));
      if (star == std::string_view::npos) break;
      any += R"([\pL\pN]*)";
      left.remove_prefix(star + 1);
    }
  }
  return add("(?i)" + bounded(any), nullptr);
}

Result<> Seekers::finish() {
  if (!all_.empty() && !together_->set.Compile())
    return fail(ErrorCode::invalid_request, "there is too much to look for at once");
  return {};
}

std::vector<std::size_t> Seekers::in(std::string_view text) const {
  std::vector<int> found;
  re2::RE2::Set::ErrorInfo error{};
  std::vector<std::size_t> out;
  if (together_->set.Match(text, &found, &error)) {
    out.assign(found.begin(), found.end());
  } else if (error.kind != re2::RE2::Set::kNoError) {
    // Its memory was not enough for this text: each by itself finds another way.
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (re2::RE2::PartialMatch(text, *all_[i].expression)) out.push_back(i);
    }
  }
  return out;
}

void Seekers::each(std::size_t seeker, std::string_view text,
                   const std::function<bool(std::string_view, bool)>& found) const {
  const One& one = all_[seeker];
  std::size_t from = 0;
  std::string_view groups[2];
  while (from <= text.size() &&
         one.expression->Match(text, from, text.size(), re2::RE2::UNANCHORED, groups, std::size(groups))) {
    std::string_view whole = groups[1], held = whole;
    std::size_t at = static_cast<std::size_t>(whole.data() - text.data());
    while (one.holds && !held.empty() && !one.holds(held)) {
      std::size_t last = held.size();
      while (last > 0 && !separates(held[last - 1])) --last;
      held = held.substr(0, last == 0 ? 0 : last - 1);
    }
    if (!held.empty()) {
      if (!found(held, true)) return;
      from = at + held.size();
    } else {
      if (!found(whole, false)) return;
      std::size_t next = 0;
      while (next < whole.size() && !separates(whole[next])) ++next;
      from = at + std::max<std::size_t>(next, 1);
    }
  }
}

}  // namespace entente::labels
