#include "base/json_text.hpp"

#include <format>
#include <iterator>

#include "base/encoding.hpp"
#include "base/words.hpp"

namespace entente {

namespace {

bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

// How many bytes at the beginning stand in JSON as they are.
std::size_t plain_run(std::string_view text) {
  std::size_t at = 0;
  for (; at + Word::size <= text.size(); at += Word::size) {
    Word word(text.data() + at);
    std::uint64_t special = word.beyond_ascii() | word.below(0x20) | word.equal_to('"') | word.equal_to('\\');
    if (special != 0) return at + Word::first(special);
  }
  while (at < text.size() && is_plain(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: std::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
  }
}

// What is at the beginning beyond ASCII, up to the first byte that is malformed. How many bytes were dealt with.
std::size_t append_beyond_ascii(std::string& out, std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && static_cast<unsigned char>(text[size]) >= 0x80) ++size;
  std::string_view run = text.substr(0, size);
  std::size_t bad = find_invalid_utf8(run);
  out += run.substr(0, bad);
  if (bad == std::string_view::npos) return size;
  out += "\xEF\xBF\xBD";
  return bad + 1;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    std::size_t plain = plain_run(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text[0]) >= 0x80) {
      text.remove_prefix(append_beyond_ascii(out, text));
    } else {
      append_escaped(out, text[0]);
      text.remove_prefix(1);
    }
  }
  out += '"';
}

}  // namespace entente
