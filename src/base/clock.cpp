#include "base/clock.hpp"

#include <algorithm>
#include <charconv>
#include <format>

namespace entente {

namespace {
class SystemClock final : public Clock {
 public:
  Instant now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};
}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::string to_rfc3339(Instant instant) {
  auto day = std::chrono::floor<std::chrono::days>(instant);
  std::chrono::year_month_day date(day);
  int year = static_cast<int>(date.year());
  if (year < 0 || year > 9999) return std::format("{:%FT%T}Z", instant);  // which takes a microsecond
  std::string out = "0000-00-00T00:00:00.000000Z";
  auto put = [&out](std::size_t at, std::size_t digits, std::int64_t number) {
    for (std::size_t i = digits; i-- > 0; number /= 10) out[at + i] = static_cast<char>('0' + number % 10);
  };
  std::int64_t micros = (instant - day).count();
  put(0, 4, year);
  put(5, 2, static_cast<unsigned>(date.month()));
  put(8, 2, static_cast<unsigned>(date.day()));
  put(11, 2, micros / 3'600'000'000);
  put(14, 2, micros / 60'000'000 % 60);
  put(17, 2, micros / 1'000'000 % 60);
  put(20, 6, micros % 1'000'000);
  return out;
}

std::optional<std::chrono::year_month_day> parse_date(std::string_view text) {
  auto number = [&](std::size_t from, std::size_t length) {
    unsigned value = 0;  // takes no sign
    const char* end = text.data() + from + length;
    auto read = std::from_chars(text.data() + from, end, value);
    return read.ec == std::errc() && read.ptr == end ? std::optional(value) : std::nullopt;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (!year || !month || !day) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                   std::chrono::day(*day)};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::string duration_in_words(std::chrono::milliseconds time) {
  struct Unit {
    std::int64_t milliseconds;
    std::string_view name;
  };
  constexpr Unit units[] = {
      {86'400'000, "day"}, {3'600'000, "hour"}, {60'000, "minute"}, {1'000, "second"}, {1, "millisecond"}};
  const Unit* unit = std::ranges::find_if(units, [&](const Unit& one) { return time.count() % one.milliseconds == 0; });
  std::int64_t number = time.count() / unit->milliseconds;
  return std::format("{} {}{}", number, unit->name, number == 1 ? "" : "s");
}

}  // namespace entente
