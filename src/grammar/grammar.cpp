#include "grammar/grammar.hpp"

namespace entente::grammar {

Node Grammar::add(Item item) {
  items_.push_back(item);
  return static_cast<Node>(items_.size() - 1);
}

Node Grammar::with_children(Kind kind, const std::vector<Node>& children) {
  auto at = static_cast<std::uint32_t>(children_.size());
  children_.insert(children_.end(), children.begin(), children.end());
  return add({.kind = kind, .at = at, .count = static_cast<std::uint32_t>(children.size())});
}

Node Grammar::with_text(Kind kind, std::string_view text) {
  auto at = static_cast<std::uint32_t>(literals_.size());
  literals_ += text;
  return add({.kind = kind, .at = at, .count = static_cast<std::uint32_t>(text.size())});
}

Node Grammar::bytes(const Bytes& set) {
  sets_.push_back(set);
  return add({.kind = Kind::bytes, .at = static_cast<std::uint32_t>(sets_.size() - 1), .count = 1});
}

Node Grammar::range(unsigned char first, unsigned char last) {
  Bytes set;
  for (unsigned byte = first; byte <= last; ++byte) set.set(byte);
  return bytes(set);
}

Node Grammar::literal(std::string_view text) { return with_text(Kind::literal, text); }

Node Grammar::sequence(std::vector<Node> children) {
  return children.size() == 1 ? children[0] : with_children(Kind::sequence, children);
}

Node Grammar::choice(std::vector<Node> children) {
  return children.size() == 1 ? children[0] : with_children(Kind::choice, children);
}

Node Grammar::repeat(Node child, std::uint32_t least, std::uint32_t most) {
  if (least == 1 && most == 1) return child;
  Node node = with_children(Kind::repeat, {child});
  items_[node].least = least;
  items_[node].most = most;
  return node;
}

Node Grammar::rule() { return with_children(Kind::rule, {0}); }
void Grammar::define(Node rule, Node child) { children_[items_[rule].at] = child; }
Node Grammar::until(std::string_view mark) { return with_text(Kind::until, mark); }
Node Grammar::without(std::string_view mark) { return with_text(Kind::without, mark); }

std::vector<bool> Grammar::fulfillable() const {
  std::vector<bool> known(items_.size());
  // Children stand before their parents but for those of rules, which are looked through: few rounds are needed.
  auto fits = [&](Node node) {
    for (std::size_t i = 0; i < items_.size() && items_[node].kind == Kind::rule; ++i) node = child(items_[node], 0);
    return static_cast<bool>(known[node]);
  };
  auto find = [&](const Item& item) {
    std::uint32_t fitting = 0;
    switch (item.kind) {
      case Kind::bytes: return set(item).any();
      case Kind::literal:
      case Kind::until:
      case Kind::without: return true;
      case Kind::repeat: return item.least == 0 || fits(child(item, 0));
      case Kind::rule: return fits(child(item, 0));
      case Kind::sequence:
      case Kind::choice:
        for (std::uint32_t i = 0; i < item.count; ++i) fitting += fits(child(item, i)) ? 1 : 0;
        return item.kind == Kind::choice ? fitting > 0 : fitting == item.count;
    }
    return true;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (Node node = 0; node < items_.size(); ++node) {
      if (known[node] || !find(items_[node])) continue;
      known[node] = changed = true;
    }
  }
  return known;
}

std::uint32_t Grammar::advance_mark(const Item& item, std::uint32_t matched, unsigned char byte) const {
  // Marks are short: the longest beginning of the mark that ends here is looked for, not tabled.
  std::string_view mark = text(item);
  auto fits = [&](std::uint32_t length) {  // mark[0, length) == (mark[0, matched) + byte)'s last `length` bytes
    return static_cast<unsigned char>(mark[length - 1]) == byte &&
           mark.substr(0, length - 1) == mark.substr(matched + 1 - length, length - 1);
  };
  for (std::uint32_t length = matched + 1; length > 0; --length) {
    if (fits(length)) return length;
  }
  return 0;
}

}  // namespace entente::grammar
