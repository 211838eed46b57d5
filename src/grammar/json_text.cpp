#include "grammar/json_text.hpp"

#include <algorithm>
#include <map>

#include "base/json_text.hpp"

namespace entente::grammar {

namespace {
constexpr std::uint32_t deepest_indentation = 20;
constexpr std::uint32_t most_digits = 16;
}  // namespace

Node JsonText::space() {
  if (space_) return *space_;
  Bytes blank;
  blank.set(' ').set('\t');
  Node line = g_.sequence({g_.literal("\n"), g_.repeat(g_.bytes(blank), 0, deepest_indentation)});
  space_ = g_.optional(g_.choice({g_.literal(" "), line}));
  return *space_;
}

Node JsonText::character() {
  if (character_) return *character_;
  Node any = one_of({{0x20, 0x10FFFF}});
  // Further spellings of the same characters.
  Bytes short_escapes, hex, high_but_d, low_of_d;
  for (char c : std::string_view("/bfnrt")) short_escapes.set(static_cast<unsigned char>(c));
  for (char c : std::string_view("0123456789abcdefABCDEF")) hex.set(static_cast<unsigned char>(c));
  high_but_d = hex;
  high_but_d.reset('d').reset('D');
  for (char c : std::string_view("01234567")) low_of_d.set(static_cast<unsigned char>(c));
  Bytes d;
  d.set('d').set('D');
  Node hex_digit = g_.bytes(hex);
  Node unicode = g_.sequence(
      {g_.literal("u"),
       g_.choice({g_.sequence({g_.bytes(high_but_d), hex_digit}), g_.sequence({g_.bytes(d), g_.bytes(low_of_d)})}),
       hex_digit, hex_digit});
  character_ = g_.choice({any, g_.sequence({g_.literal("\\"), g_.choice({g_.bytes(short_escapes), unicode})})});
  return *character_;
}

Node JsonText::string(std::uint32_t least, std::uint32_t most) {
  return g_.sequence({g_.literal("\""), g_.repeat(character(), least, most), g_.literal("\"")});
}

Node JsonText::integer() {
  if (integer_) return *integer_;
  Node positive = g_.sequence({g_.range('1', '9'), g_.repeat(digit(), 0, most_digits - 1)});
  integer_ = g_.sequence({g_.optional(g_.literal("-")), g_.choice({g_.literal("0"), positive})});
  return *integer_;
}

Node JsonText::number() {
  if (number_) return *number_;
  Bytes e, sign;
  e.set('e').set('E');
  sign.set('+').set('-');
  Node fraction = g_.sequence({g_.literal("."), g_.repeat(digit(), 1, most_digits)});
  Node exponent = g_.sequence({g_.bytes(e), g_.optional(g_.bytes(sign)), g_.repeat(digit(), 1, 2)});
  number_ = g_.sequence({integer(), g_.optional(fraction), g_.optional(exponent)});
  return *number_;
}

Node JsonText::braced(Node members) {
  return g_.sequence({g_.literal("{"), space(), members, space(), g_.literal("}")});
}

Node JsonText::bracketed(Node items) {
  return g_.sequence({g_.literal("["), space(), items, space(), g_.literal("]")});
}

Node JsonText::member(Node key, Node value) { return g_.sequence({key, g_.literal(":"), space(), value}); }
Node JsonText::after_comma(Node item) { return g_.sequence({g_.literal(","), space(), item}); }

Node JsonText::value() {
  if (value_) return *value_;
  value_ = g_.rule();
  g_.define(*value_, g_.choice({object(), array(), string(0, unbounded), number(), g_.literal("true"),
                                g_.literal("false"), g_.literal("null")}));
  return *value_;
}

Node JsonText::object() {
  if (object_) return *object_;
  Node any = value();
  if (object_) return *object_;  // made on the way
  Node one = member(string(0, unbounded), any);
  object_ = braced(g_.optional(g_.sequence({one, g_.repeat(after_comma(one), 0, unbounded)})));
  return *object_;
}

Node JsonText::array() {
  if (array_) return *array_;
  Node any = value();
  if (array_) return *array_;
  array_ = bracketed(g_.optional(g_.sequence({any, g_.repeat(after_comma(any), 0, unbounded)})));
  return *array_;
}

// Characters of two to four bytes, as sequences of byte ranges.
Node JsonText::utf8(std::uint32_t first, std::uint32_t last) {
  std::vector<Node> forms;
  auto encoded = [](std::uint32_t c) {
    std::vector<unsigned char> out;
    if (c < 0x800) {
      out = {static_cast<unsigned char>(0xC0 | (c >> 6))};
    } else if (c < 0x10000) {
      out = {static_cast<unsigned char>(0xE0 | (c >> 12)), static_cast<unsigned char>(0x80 | ((c >> 6) & 63))};
    } else {
      out = {static_cast<unsigned char>(0xF0 | (c >> 18)), static_cast<unsigned char>(0x80 | ((c >> 12) & 63)),
             static_cast<unsigned char>(0x80 | ((c >> 6) & 63))};
    }
    out.push_back(static_cast<unsigned char>(0x80 | (c & 63)));
    return out;
  };
  auto split = [&](auto& self, std::uint32_t from, std::uint32_t to) -> void {
    for (std::uint32_t end : {0x7FFU, 0xD7FFU, 0xDFFFU, 0xFFFFU}) {  // lengths, and the surrogates between
      if (from <= end && end < to) {
        self(self, from, end);
        return self(self, end + 1, to);
      }
    }
    if (from >= 0xD800 && to <= 0xDFFF) return;
    for (unsigned tail : {1U, 2U, 3U}) {  // ranges whose last bytes are all free
      std::uint32_t mask = (1U << (6 * tail)) - 1;
      if ((from & ~mask) == (to & ~mask)) continue;
      if ((from & mask) != 0) {
        self(self, from, from | mask);
        return self(self, (from | mask) + 1, to);
      }
      if ((to & mask) != mask) {
        self(self, from, (to & ~mask) - 1);
        return self(self, to & ~mask, to);
      }
    }
    std::vector<unsigned char> low = encoded(from), high = encoded(to);
    std::vector<Node> bytes;
    bytes.reserve(low.size());
    for (std::size_t i = 0; i < low.size(); ++i) bytes.push_back(g_.range(low[i], high[i]));
    forms.push_back(g_.sequence(std::move(bytes)));
  };
  split(split, first, last);
  return forms.empty() ? g_.bytes({}) : g_.choice(std::move(forms));
}

Node JsonText::one_of(const CodePoints& points) {
  Bytes plain;
  std::vector<Node> forms;
  for (auto [first, last] : points) {
    for (std::uint32_t c = first; c <= std::min<std::uint32_t>(last, 0x7F); ++c) {
      if (c >= 0x20 && c != '"' && c != '\\') {
        plain.set(c);
      } else {
        std::string quoted;
        append_json_string(quoted, std::string(1, static_cast<char>(c)));
        forms.push_back(g_.literal(std::string_view(quoted).substr(1, quoted.size() - 2)));
      }
    }
    if (last >= 0x80) forms.push_back(utf8(std::max<std::uint32_t>(first, 0x80), last));
  }
  if (plain.any() || forms.empty()) forms.push_back(g_.bytes(plain));
  return g_.choice(std::move(forms));
}

Node JsonText::key_except(const std::vector<std::string>& names) {
  // A tree of the names' bytes. At each place a key may leave it with another character, or end where no name does. A
  // character of several bytes that begins as one of a name's does not leave the tree: those keys are given up.
  struct Place {
    std::map<unsigned char, Place> next;
    bool name = false;
  };
  Place top;
  for (const std::string& name : names) {
    Place* at = &top;
    for (char c : name) at = &at->next[static_cast<unsigned char>(c)];
    at->name = true;
  }
  Node plain = one_of({{0x20, 0x21}, {0x23, 0x5B}, {0x5D, 0x10FFFF}});
  Node rest = g_.sequence({g_.repeat(plain, 0, unbounded), g_.literal("\"")});
  auto from = [&](auto& self, const Place& place) -> Node {
    std::vector<Node> ways;
    CodePoints others;
    for (std::uint32_t c = 0x20; c < 0x80; ++c) {
      if (c != '"' && c != '\\' && !place.next.contains(static_cast<unsigned char>(c))) others.push_back({c, c});
    }
    bool several = std::ranges::any_of(place.next, [](const auto& next) { return next.first >= 0x80; });
    if (!several) others.push_back({0x80, 0x10FFFF});
    ways.push_back(g_.sequence({one_of(others), rest}));
    if (!place.name) ways.push_back(g_.literal("\""));
    for (const auto& [byte, next] : place.next) {
      // Others are written with a backslash, which keys have not here, or are part of a longer character.
      if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') continue;
      ways.push_back(g_.sequence({g_.range(byte, byte), self(self, next)}));
    }
    return g_.choice(std::move(ways));
  };
  return g_.sequence({g_.literal("\""), from(from, top)});
}

}  // namespace entente::grammar
