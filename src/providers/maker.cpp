#include "providers/maker.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>

#include "wire/failure.hpp"

namespace entente::providers {

namespace {

std::optional<double> number_in(std::string_view text) {
  double value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc() || end != text.data() + text.size() || !(value >= 0 && value < 1e9))
    return std::nullopt;
  return value;
}

// "Wed, 21 Oct 2026 07:28:00 GMT"
std::optional<double> seconds_until(std::string_view date) {
  std::tm when{};
  if (!::strptime(std::string(date).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &when)) return std::nullopt;
  return std::max(0.0, std::difftime(::timegm(&when), std::time(nullptr)));
}

}  // namespace

std::optional<std::chrono::milliseconds> retry_after(const net::Headers& headers) {
  auto in_ms = [](double value) { return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(value))); };
  if (auto ms = number_in(headers.get("retry-after-ms"))) return in_ms(*ms);
  std::string_view text = headers.get("retry-after");
  if (auto seconds = number_in(text)) return in_ms(*seconds * 1000);
  if (auto seconds = seconds_until(text)) return in_ms(*seconds * 1000);
  return std::nullopt;
}

Error Maker::failure(unsigned status, const net::Headers& headers, std::string_view body) const {
  Error error = wire::failure_of(status, wire::read_failure(body));
  error.retry_after = retry_after(headers);
  return error;
}

Result<> Maker::can_take(const Work& work) const {
  return std::visit([this](const auto& kind) { return check(kind, abilities_); }, work);
}

}  // namespace entente::providers
