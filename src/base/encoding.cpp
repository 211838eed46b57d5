#include "base/encoding.hpp"

#include <array>

#include "base/words.hpp"

namespace entente {

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

namespace {

std::string in_base64(std::span<const std::uint8_t> bytes, std::string_view digits) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += digits[(buffer >> bits) & 63];
    }
  }
  if (bits > 0) out += digits[(buffer << (6 - bits)) & 63];
  return out;
}

constexpr std::string_view plain_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string to_base64url(std::span<const std::uint8_t> bytes) { return in_base64(bytes, url_digits); }

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string to_base64(std::span<const std::uint8_t> bytes) {
  std::string out = in_base64(bytes, plain_digits);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 == 0) {  // only then may there be padding
    if (text.ends_with('=')) text.remove_suffix(1);
    if (text.ends_with('=')) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  static const auto values = [] {
    std::array<std::uint8_t, 256> table;
    table.fill(64);
    for (std::uint8_t i = 0; i < 64; ++i) table[static_cast<std::uint8_t>(plain_digits[i])] = i;
    return table;
  }();
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (char c : text) {
    std::uint8_t digit = values[static_cast<std::uint8_t>(c)];
    if (digit == 64) return std::nullopt;
    buffer = (buffer << 6) | digit;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>((buffer >> bits) & 255);
  }
  return out;
}

namespace {

struct Lead {
  int length;              // bytes of the character, 0 when no character begins so
  std::uint8_t low, high;  // what the second byte may be: this is where overlong forms and surrogates fall out
};

Lead lead_of(std::uint8_t byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xC2) return {0, 0, 0};
  if (byte < 0xE0) return {2, 0x80, 0xBF};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3, 0x80, 0xBF};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte < 0xF4) return {4, 0x80, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// Length of the well-formed character at `at`; 0 when it is malformed; -1 when the text ends inside it.
int character_at(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  Lead lead = lead_of(byte(at));
  for (int i = 1; i < lead.length; ++i) {
    if (at + i >= text.size()) return -1;
    std::uint8_t low = i == 1 ? lead.low : 0x80, high = i == 1 ? lead.high : 0xBF;
    if (byte(at + i) < low || byte(at + i) > high) return 0;
  }
  return lead.length;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (at + Word::size <= text.size() && Word(text.data() + at).beyond_ascii() == 0) {
      at += Word::size;
      continue;
    }
    int length = character_at(text, at);
    if (length <= 0) return at;
    at += static_cast<std::size_t>(length);
  }
  return std::string_view::npos;
}

std::size_t incomplete_utf8_tail(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    if (character_at(text, text.size() - back) == -1) return back;
  }
  return 0;
}

std::string_view shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  text = text.substr(0, most);
  return text.substr(0, text.size() - incomplete_utf8_tail(text));
}

}  // namespace entente
