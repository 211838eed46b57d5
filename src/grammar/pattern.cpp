#include "grammar/pattern.hpp"

#include <algorithm>
#include <format>

namespace entente::grammar {

namespace {

constexpr std::uint32_t last_point = 0x10FFFF;
constexpr int deepest_group = 50;

const CodePoints digits{{'0', '9'}};
const CodePoints words{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const CodePoints spaces{{'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
                        {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
const CodePoints line_ends{{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};

CodePoints others_than(CodePoints points) {
  std::ranges::sort(points);
  CodePoints out;
  std::uint32_t from = 0;
  for (auto [first, last] : points) {
    if (first > from) out.push_back({from, first - 1});
    from = std::max(from, last + 1);
  }
  if (from <= last_point) out.push_back({from, last_point});
  return out;
}

class Reader {
 public:
  Reader(Grammar& grammar, JsonText& json, std::string_view text) : g_(grammar), json_(json), text_(text) {}

  Result<Node> read() {
    TRY_ASSIGN(Node node, alternatives(true));
    if (at_ < text_.size()) return wrong("')' without '('");
    return node;
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail({.code = ErrorCode::invalid_request, .message = std::format("its pattern holds {}", what)});
  }

  bool more() const { return at_ < text_.size(); }
  bool take(char c) {
    if (!more() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Node anything() { return g_.repeat(json_.one_of(others_than({})), 0, unbounded); }

  // At the top, each alternative has anchors of its own.
  Result<Node> alternatives(bool top) {
    if (++depth_ > deepest_group) return wrong("groups nested too deeply");
    std::vector<Node> ways;
    do {
      bool begins = top && take('^');
      std::vector<Node> items;
      bool ends = false;
      while (more() && text_[at_] != '|' && text_[at_] != ')') {
        if (top && text_[at_] == '$' && (at_ + 1 == text_.size() || text_[at_ + 1] == '|')) {
          ++at_;
          ends = true;
          break;
        }
        TRY_ASSIGN(Node node, item());
        items.push_back(node);
      }
      if (top && !begins) items.insert(items.begin(), anything());
      if (top && !ends) items.push_back(anything());
      ways.push_back(g_.sequence(std::move(items)));
    } while (take('|'));
    --depth_;
    return g_.choice(std::move(ways));
  }

  Result<Node> item() {
    TRY_ASSIGN(Node node, atom());
    std::uint32_t least = 1, most = 1;
    if (take('?')) {
      least = 0;
    } else if (take('*')) {
      least = 0, most = unbounded;
    } else if (take('+')) {
      most = unbounded;
    } else if (more() && text_[at_] == '{') {
      TRY(read_counts(least, most));
    } else {
      return node;
    }
    take('?');  // how eagerly it looks does not change what it accepts
    if (more() && (text_[at_] == '*' || text_[at_] == '+' || text_[at_] == '{')) return wrong("a repeated repetition");
    return g_.repeat(node, least, most);
  }

  Result<> read_counts(std::uint32_t& least, std::uint32_t& most) {
    ++at_;
    auto number = [&]() -> std::optional<std::uint32_t> {
      std::size_t begin = at_;
      std::uint64_t value = 0;
      while (more() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - begin < 7) {
        value = value * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
      }
      if (at_ == begin) return std::nullopt;
      return static_cast<std::uint32_t>(value);
    };
    auto first = number();
    if (!first) return wrong("a '{' that is no count; write \\{");
    least = most = *first;
    if (take(',')) most = number().value_or(unbounded);
    if (!take('}') || least > most) return wrong("a count that is none");
    return {};
  }

  Result<Node> atom() {
    char c = text_[at_];
    if (c == '(') return group();
    if (c == '[') {
      TRY_ASSIGN(CodePoints points, char_class());
      return json_.one_of(points);
    }
    if (c == '.') {
      ++at_;
      return json_.one_of(others_than(line_ends));
    }
    if (c == '\\') {
      TRY_ASSIGN(CodePoints points, escape());
      return json_.one_of(points);
    }
    if (c == '^' || c == '$') return wrong("an anchor that is not at its end");
    if (c == '*' || c == '+' || c == '?') return wrong("a repetition of nothing");
    std::uint32_t point = code_point();
    return json_.one_of({{point, point}});
  }

  Result<Node> group() {
    ++at_;
    if (take('?')) {
      if (take('<')) {
        if (more() && (text_[at_] == '=' || text_[at_] == '!')) return wrong("a look behind");
        std::size_t end = text_.find('>', at_);
        if (end == std::string_view::npos) return wrong("a group without an end");
        at_ = end + 1;
      } else if (!take(':')) {
        return wrong("a look ahead");
      }
    }
    TRY_ASSIGN(Node node, alternatives(false));
    if (!take(')')) return wrong("a group without an end");
    return node;
  }

  // Past a well-formed character.
  std::uint32_t code_point() {
    auto byte = static_cast<unsigned char>(text_[at_++]);
    if (byte < 0x80) return byte;
    int more_bytes = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
    std::uint32_t point = byte & (0x3FU >> more_bytes);
    while (more_bytes-- > 0 && more()) point = (point << 6) | (static_cast<unsigned char>(text_[at_++]) & 0x3FU);
    return point;
  }

  Result<std::uint32_t> hex(std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i, ++at_) {
      std::size_t digit =
          more() ? std::string_view("0123456789abcdef")
                       .find(static_cast<char>(text_[at_] >= 'A' && text_[at_] <= 'F' ? text_[at_] + 32 : text_[at_]))
                 : std::string_view::npos;
      if (digit == std::string_view::npos) return wrong("an escape that is none");
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  Result<CodePoints> escape() {
    ++at_;
    if (!more()) return wrong("a backslash at its end");
    if (static_cast<unsigned char>(text_[at_]) >= 0x80) return wrong("an escape that is none");
    char c = text_[at_++];
    auto one = [](std::uint32_t point) { return CodePoints{{point, point}}; };
    switch (c) {
      case 'd': return digits;
      case 'D': return others_than(digits);
      case 'w': return words;
      case 'W': return others_than(words);
      case 's': return spaces;
      case 'S': return others_than(spaces);
      case 'n': return one('\n');
      case 'r': return one('\r');
      case 't': return one('\t');
      case 'f': return one('\f');
      case 'v': return one('\v');
      case '0': return one(0);
      case 'b':
      case 'B': return wrong("a word boundary");
      case 'p':
      case 'P': return wrong("a Unicode property");
      case 'k': return wrong("a reference to a group");
      case 'x': {
        TRY_ASSIGN(std::uint32_t point, hex(2));
        return one(point);
      }
      case 'u': {
        TRY_ASSIGN(std::uint32_t point, hex(4));
        if (point >= 0xD800 && point <= 0xDFFF) return wrong("half a character");
        return one(point);
      }
      default: break;
    }
    if (c >= '1' && c <= '9') return wrong("a reference to a group");
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return wrong("an escape that is none");
    return one(static_cast<unsigned char>(c));
  }

  Result<CodePoints> char_class() {
    ++at_;
    bool all_but = take('^');
    CodePoints points;
    while (more() && text_[at_] != ']') {
      TRY_ASSIGN(CodePoints first, class_item());
      bool single = first.size() == 1 && first[0].first == first[0].second;
      if (single && at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        ++at_;
        TRY_ASSIGN(CodePoints last, class_item());
        if (last.size() != 1 || last[0].first != last[0].second || last[0].first < first[0].first) {
          return wrong("a range that is none");
        }
        first[0].second = last[0].first;
      }
      points.insert(points.end(), first.begin(), first.end());
    }
    if (!take(']')) return wrong("a class without an end");
    return all_but ? others_than(points) : points;
  }

  Result<CodePoints> class_item() {
    if (text_[at_] == '\\') {
      if (at_ + 1 < text_.size() && text_[at_ + 1] == 'b') {
        at_ += 2;
        return CodePoints{{'\b', '\b'}};
      }
      return escape();
    }
    std::uint32_t point = code_point();
    return CodePoints{{point, point}};
  }

  Grammar& g_;
  JsonText& json_;
  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Node> pattern_inside_quotes(Grammar& grammar, JsonText& json, std::string_view pattern) {
  return Reader(grammar, json, pattern).read();
}

}  // namespace entente::grammar
