#include "audit/forms/canonical_json.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <format>

#include "base/json_text.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::int64_t largest_whole = (std::int64_t{1} << 53) - 1;

// The order of keys is by UTF-16 code units; that differs from the order of bytes only where surrogates (beyond U+FFFF)
// meet U+E000 to U+FFFF.
std::u16string utf16_of(std::string_view text) {
  std::u16string out;
  for (std::size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    unsigned length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t point = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (unsigned k = 1; k < length && i + k < text.size(); ++k)
      point = point << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    i += length;
    if (point < 0x10000) {
      out += static_cast<char16_t>(point);
    } else {
      out += static_cast<char16_t>(0xD800 + ((point - 0x10000) >> 10));
      out += static_cast<char16_t>(0xDC00 + ((point - 0x10000) & 0x3FF));
    }
  }
  return out;
}

// ECMA-262, Number::toString: the shortest digits that read back as the same value, plain between 1e-6 and 1e21.
void write_double(std::string& out, double value) {
  if (value == 0) {
    out += '0';
    return;
  }
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  std::string_view written(text, static_cast<std::size_t>(end - text));
  if (written.front() == '-') {
    out += '-';
    written.remove_prefix(1);
  }
  auto e = written.find('e');
  int exponent = 0;
  std::string_view power = written.substr(e + (written[e + 1] == '+' ? 2 : 1));
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  std::string digits(1, written[0]);
  if (e > 1) digits += written.substr(2, e - 2);
  auto count = static_cast<int>(digits.size());
  int point = exponent + 1;  // digits before the decimal point
  if (count <= point && point <= 21) {
    out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out += digits.insert(static_cast<std::size_t>(point), ".");
  } else if (-6 < point && point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else {
    if (count > 1) digits.insert(1, ".");
    out += std::format("{}e{}{}", digits, exponent < 0 ? "-" : "+", std::abs(exponent));
  }
}

std::unexpected<Error> too_exact(auto value) {
  return fail(ErrorCode::invalid_request,
              std::format("{} has no canonical form: numbers beyond 2^53 - 1 are written as strings.", value));
}

Result<> write(std::string& out, const Json& json);

Result<> write_object(std::string& out, const Json::Object& object) {
  std::vector<std::pair<std::u16string, const std::pair<std::string, Json>*>> members;
  members.reserve(object.size());
  for (const auto& member : object) members.emplace_back(utf16_of(member.first), &member);
  std::ranges::sort(members, {}, [](const auto& member) -> const std::u16string& { return member.first; });
  out += '{';
  for (const auto& [order, member] : members) {
    if (out.back() != '{') out += ',';
    append_json_string(out, member->first);
    out += ':';
    TRY(write(out, member->second));
  }
  out += '}';
  return {};
}

Result<> write_array(std::string& out, const Json::Array& array) {
  out += '[';
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (i > 0) out += ',';
    TRY(write(out, array[i]));
  }
  out += ']';
  return {};
}

Result<> write(std::string& out, const Json& json) {
  if (json.is_null()) {
    out += "null";
  } else if (auto* truth = json.as<bool>()) {
    out += *truth ? "true" : "false";
  } else if (auto* whole = json.as<std::int64_t>()) {
    if (*whole > largest_whole || *whole < -largest_whole) return too_exact(*whole);
    out += std::to_string(*whole);
  } else if (auto* large = json.as<std::uint64_t>()) {
    if (*large > static_cast<std::uint64_t>(largest_whole)) return too_exact(*large);
    out += std::to_string(*large);
  } else if (auto* number = json.as<double>()) {
    write_double(out, *number);
  } else if (auto* text = json.as<std::string>()) {
    append_json_string(out, *text);
  } else if (auto* array = json.as<Json::Array>()) {
    return write_array(out, *array);
  } else if (auto* object = json.as<Json::Object>()) {
    return write_object(out, *object);
  }
  return {};
}

}  // namespace

Result<std::string> canonical_json(const Json& json) {
  std::string out;
  TRY(write(out, json));
  return out;
}

}  // namespace entente::audit
