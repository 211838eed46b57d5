#include "grammar/number_range.hpp"

#include <algorithm>

namespace entente::grammar {

namespace {

constexpr std::size_t longest = 18;  // digits

// Magnitudes: decimals without sign, whole digits without leading zeros and a fraction without trailing ones.
struct Magnitude {
  std::string whole = "0", fraction;
  bool zero() const { return whole == "0" && fraction.empty(); }
};

Magnitude magnitude_of(std::string_view decimal) {
  if (decimal.starts_with('-')) decimal.remove_prefix(1);
  std::size_t point = std::min(decimal.find('.'), decimal.size());
  Magnitude out{.whole = std::string(decimal.substr(0, point)), .fraction = {}};
  if (point < decimal.size()) out.fraction = decimal.substr(point + 1);
  while (out.fraction.ends_with('0')) out.fraction.pop_back();
  std::size_t zeros = std::min(out.whole.find_first_not_of('0'), out.whole.size() - 1);
  out.whole.erase(0, zeros);
  return out;
}

int compare(const Magnitude& a, const Magnitude& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() < b.whole.size() ? -1 : 1;
  if (int order = a.whole.compare(b.whole); order != 0) return order < 0 ? -1 : 1;
  int order = a.fraction.compare(b.fraction);  // trailing zeros are gone
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

struct Limit {
  Magnitude value;
  bool itself = true;
};

class Ranges {
 public:
  Ranges(Grammar& grammar, std::uint32_t most_fraction) : g_(grammar), most_fraction_(most_fraction) {}

  // Whole numbers from `least` to `most`, both without sign; none: up to the longest.
  Node whole(const std::string& least, const std::optional<std::string>& most) {
    std::vector<Node> ways;
    std::size_t last = most ? most->size() : longest;
    for (std::size_t size = least.size(); size <= last; ++size) {
      std::string from = size == least.size() ? least : "1" + std::string(size - 1, '0');
      std::string to = most && size == most->size() ? *most : std::string(size, '9');
      if (from <= to) ways.push_back(digits(from, to, 0));
    }
    return ways.empty() ? no_node : g_.choice(std::move(ways));
  }

  // Magnitudes between limits; no_node: there are none. A digit after which nothing fits must not be offered: who
  // writes it could never end.
  Node magnitudes(const Limit& least, const std::optional<Limit>& most) {
    std::vector<Node> ways;
    bool same = most && most->value.whole == least.value.whole;
    const Limit* top = same ? &*most : nullptr;
    auto add = [&](const std::string& digits, Node rest) {
      if (rest != no_node) ways.push_back(g_.sequence({g_.literal(digits), rest}));
    };
    add(least.value.whole, fraction(&least, top));
    if (same) return ways.empty() ? no_node : ways[0];
    std::string next = plus_one(least.value.whole);
    std::optional<std::string> before = most ? std::optional(minus_one(most->value.whole)) : std::nullopt;
    if (!before || !less(*before, next)) {
      Node any = most_fraction_ == 0 ? g_.nothing() : g_.optional(g_.sequence({g_.literal("."), some_digits(1)}));
      if (Node wholes = whole(next, before); wholes != no_node) ways.push_back(g_.sequence({wholes, any}));
    }
    if (most) add(most->value.whole, fraction(nullptr, &*most));
    return ways.empty() ? no_node : g_.choice(std::move(ways));
  }

  static constexpr Node no_node = UINT32_MAX;

 private:
  static bool less(const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
  static std::string plus_one(std::string digits) {
    for (std::size_t i = digits.size(); i-- > 0;) {
      if (digits[i] != '9') {
        ++digits[i];
        return digits;
      }
      digits[i] = '0';
    }
    return "1" + digits;
  }
  static std::string minus_one(std::string digits) {  // of "0": nothing is below, and "" is shorter than anything
    if (digits == "0") return "";
    std::size_t i = digits.size();
    while (digits[--i] == '0') digits[i] = '9';
    --digits[i];
    if (digits.size() > 1 && digits[0] == '0') digits.erase(0, 1);
    return digits;
  }

  Node between(char first, char last) {
    return g_.range(static_cast<unsigned char>(first), static_cast<unsigned char>(last));
  }
  Node free_digits(std::size_t count) {
    auto size = static_cast<std::uint32_t>(count);
    return g_.repeat(between('0', '9'), size, size);
  }
  Node some_digits(std::uint32_t least) { return g_.repeat(between('0', '9'), least, std::max(least, most_fraction_)); }

  // As many digits as both have, from `from` to `to`, looked at from `at` on.
  Node digits(const std::string& from, const std::string& to, std::size_t at) {
    if (at == from.size()) return g_.nothing();
    std::size_t after = from.size() - at - 1;
    std::string lowest(after, '0'), highest(after, '9');
    if (from.substr(at + 1) == lowest && to.substr(at + 1) == highest) {
      return g_.sequence({between(from[at], to[at]), free_digits(after)});
    }
    if (from[at] == to[at]) return g_.sequence({between(from[at], from[at]), digits(from, to, at + 1)});
    std::vector<Node> ways;
    ways.push_back(g_.sequence({between(from[at], from[at]), digits(from, from.substr(0, at + 1) + highest, at + 1)}));
    if (from[at] + 1 < to[at]) {
      ways.push_back(
          g_.sequence({between(static_cast<char>(from[at] + 1), static_cast<char>(to[at] - 1)), free_digits(after)}));
    }
    ways.push_back(g_.sequence({between(to[at], to[at]), digits(to.substr(0, at + 1) + lowest, to, at + 1)}));
    return g_.choice(std::move(ways));
  }

  // What may follow the whole digits: "." and a fraction not below `least` and not above `most`, or nothing.
  Node fraction(const Limit* least, const Limit* most) {
    std::vector<Node> ways;
    bool may_be_none = !least || (least->value.fraction.empty() && least->itself);
    if (most && most->value.fraction.empty() && !most->itself) may_be_none = false;
    if (may_be_none) ways.push_back(g_.nothing());
    if (most_fraction_ > 0) {
      if (Node digits = fraction_digits(least, most, 0); digits != no_node) {
        ways.push_back(g_.sequence({g_.literal("."), digits}));
      }
    }
    return ways.empty() ? no_node : g_.choice(std::move(ways));
  }

  // The digits from `at` on, where those before were the limits' own. Limits that no longer matter are null.
  Node fraction_digits(const Limit* least, const Limit* most, std::size_t at) {
    if (at >= most_fraction_) return no_node;
    auto digit_of = [at](const Limit* limit) {
      return at < limit->value.fraction.size() ? limit->value.fraction[at] : '0';
    };
    char low = least ? digit_of(least) : '0', high = most ? digit_of(most) : '9';
    std::vector<Node> ways;
    for (char digit = low; digit <= high; ++digit) {
      const Limit* low_left = least && digit == low ? least : nullptr;
      const Limit* high_left = most && digit == high ? most : nullptr;
      if (!low_left && !high_left) {
        char last = digit;
        while (last < high && (last + 1 < high || !most)) ++last;
        auto left = static_cast<std::uint32_t>(most_fraction_ - at - 1);
        ways.push_back(g_.sequence({between(digit, last), g_.repeat(between('0', '9'), 0, left)}));
        digit = last;
        continue;
      }
      bool low_met =
          !low_left || at + 1 > low_left->value.fraction.size() || (at + 1 == low_left->value.fraction.size());
      bool ends_low = low_met && (!low_left || low_left->itself);
      bool high_reached = high_left && at + 1 >= high_left->value.fraction.size();
      bool ends_high = !high_left || !high_reached || high_left->itself;
      std::vector<Node> after;
      if (ends_low && ends_high) after.push_back(g_.nothing());
      // Behind a limit's last digit there are only zeros, which change nothing: one more is not needed.
      bool low_over = low_left && at + 1 >= low_left->value.fraction.size();
      bool high_over = high_left && high_reached;
      if (!high_over) {
        const Limit* next_low = low_over && low_left->itself ? nullptr : low_left;
        Node more = fraction_digits(next_low, high_left, at + 1);
        if (more != no_node) after.push_back(more);
      }
      if (!after.empty()) ways.push_back(g_.sequence({between(digit, digit), g_.choice(std::move(after))}));
    }
    return ways.empty() ? no_node : g_.choice(std::move(ways));
  }

  Grammar& g_;
  const std::uint32_t most_fraction_;
};

bool negative(const std::optional<Bound>& bound) { return bound && bound->decimal.starts_with('-'); }

Bound negated(const Bound& bound) {
  bool is_negative = bound.decimal.starts_with('-');
  return {is_negative ? bound.decimal.substr(1) : "-" + bound.decimal, bound.itself};
}

// The bound divided by 10, 100, …: its point moved.
Bound divided(const Bound& bound, std::size_t zeros) {
  Magnitude value = magnitude_of(bound.decimal);
  if (value.whole.size() <= zeros) value.whole.insert(0, zeros + 1 - value.whole.size(), '0');
  std::size_t point = value.whole.size() - zeros;
  std::string sign = bound.decimal.starts_with('-') ? "-" : "";
  return {sign + value.whole.substr(0, point) + "." + value.whole.substr(point) + value.fraction, bound.itself};
}

}  // namespace

std::optional<Node> numbers_between(Grammar& grammar, const std::optional<Bound>& least,
                                    const std::optional<Bound>& most, std::uint32_t most_fraction) {
  Ranges ranges(grammar, most_fraction);
  auto limit = [](const std::optional<Bound>& bound) { return Limit{magnitude_of(bound->decimal), bound->itself}; };
  const Limit zero;
  std::vector<Node> ways;
  // Not below zero.
  if (!most || !negative(most) || limit(most).value.zero()) {
    Limit from = least && !negative(least) ? limit(least) : zero;
    std::optional<Limit> to = most ? std::optional(limit(most)) : std::nullopt;
    int order = to ? compare(from.value, to->value) : -1;
    if (order < 0 || (order == 0 && from.itself && to->itself)) {
      if (Node found = ranges.magnitudes(from, to); found != Ranges::no_node) ways.push_back(found);
    }
  }
  // Below zero: the same with the limits changed.
  if (!least || (negative(least) && !limit(least).value.zero())) {
    Limit from = most && negative(most) && !limit(most).value.zero() ? limit(most) : Limit{{}, false};
    std::optional<Limit> to = least ? std::optional(limit(least)) : std::nullopt;
    int order = to ? compare(from.value, to->value) : -1;
    if (order < 0 || (order == 0 && from.itself && to->itself)) {
      Node found = ranges.magnitudes(from, to);
      if (found != Ranges::no_node) ways.push_back(grammar.sequence({grammar.literal("-"), found}));
    }
  }
  if (ways.empty()) return std::nullopt;
  return grammar.choice(std::move(ways));
}

std::optional<Node> multiples_between(Grammar& grammar, const std::optional<Bound>& least,
                                      const std::optional<Bound>& most, std::uint32_t zeros) {
  constexpr std::size_t digits = 15;
  const Bound one{.decimal = "1"}, largest{.decimal = std::string(digits - zeros, '9')};
  // Those above zero, without the zeros at their end.
  auto above = [&](std::optional<Bound> from, std::optional<Bound> to) -> std::optional<Node> {
    auto magnitude = [&](const Bound& bound) { return magnitude_of(bound.decimal); };
    if (from) from = divided(*from, zeros);
    if (to) to = divided(*to, zeros);
    if (negative(to)) return std::nullopt;
    if (!from || negative(from) || compare(magnitude(*from), magnitude(one)) < 0) from = one;
    if (!to || compare(magnitude(*to), magnitude(largest)) > 0) to = largest;
    auto found = numbers_between(grammar, from, to, 0);
    if (found) found = grammar.sequence({*found, grammar.literal(std::string(zeros, '0'))});
    return found;
  };
  auto flipped = [](const std::optional<Bound>& bound) {
    return bound ? std::optional(negated(*bound)) : std::nullopt;
  };
  auto zero_is_beyond = [](const std::optional<Bound>& bound, bool low) {
    if (!bound) return false;
    if (magnitude_of(bound->decimal).zero()) return !bound->itself;
    return negative(bound) != low;
  };
  std::vector<Node> ways;
  if (!zero_is_beyond(least, true) && !zero_is_beyond(most, false)) ways.push_back(grammar.literal("0"));
  if (auto found = above(least, most)) ways.push_back(*found);
  if (auto found = above(flipped(most), flipped(least)))
    ways.push_back(grammar.sequence({grammar.literal("-"), *found}));
  if (ways.empty()) return std::nullopt;
  return grammar.choice(std::move(ways));
}

std::optional<Node> integers_between(Grammar& grammar, std::optional<std::int64_t> least,
                                     std::optional<std::int64_t> most) {
  auto bound = [](std::optional<std::int64_t> value) -> std::optional<Bound> {
    if (!value) return std::nullopt;
    return Bound{std::to_string(*value), true};
  };
  if (least && most && *least > *most) return std::nullopt;
  return numbers_between(grammar, bound(least), bound(most), 0);
}

}  // namespace entente::grammar
