#include "grammar/grammar.hpp"

#include <algorithm>
#include <span>

namespace entente::grammar {

Node Grammar::add(Item item) {
  items_.push_back(item);
  fulfillable_.push_back(false);
  auto node = static_cast<Node>(items_.size() - 1);
  if (item.kind != Kind::rule) settle(node);  // a rule has its child later
  return node;
}

Node Grammar::with_children(Kind kind, const std::vector<Node>& children, std::uint32_t least, std::uint32_t most) {
  auto at = static_cast<std::uint32_t>(children_.size());
  children_.insert(children_.end(), children.begin(), children.end());
  return add(
      {.kind = kind, .at = at, .count = static_cast<std::uint32_t>(children.size()), .least = least, .most = most});
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
  return with_children(Kind::repeat, {child}, least, most);
}

Node Grammar::rule() { return with_children(Kind::rule, {0}); }

void Grammar::define(Node rule, Node child) {
  children_[items_[rule].at] = child;
  settle(rule);
}

Node Grammar::until(std::string_view mark) { return with_text(Kind::until, mark); }
Node Grammar::without(std::string_view mark) { return with_text(Kind::without, mark); }

// What is fulfillable makes others so that waited for it: each node is looked at when it is made and when something
// that it needs has become fulfillable, never in rounds over all. What only waits for itself is never told.
void Grammar::settle(Node node) {
  std::vector<Node> open{node};
  while (!open.empty()) {
    Node at = open.back();
    open.pop_back();
    if (fulfillable_[at] || !has_what_it_needs(at)) continue;
    fulfillable_[at] = true;
    if (auto others = awaiting_.extract(at)) open.insert(open.end(), others.mapped().begin(), others.mapped().end());
  }
}

// Whether its children allow it a text. If not, it waits for what it lacks.
bool Grammar::has_what_it_needs(Node node) {
  const Item& item = items_[node];
  auto lacks = [&](Node needed) {
    if (fulfillable_[needed]) return false;
    awaiting_[needed].push_back(node);
    return true;
  };
  if (item.kind == Kind::bytes) return set(item).any();
  if (item.kind == Kind::literal || item.kind == Kind::until || item.kind == Kind::without) return true;
  if (item.kind == Kind::repeat && item.least == 0) return true;
  auto children = std::span(children_).subspan(item.at, item.count);
  if (item.kind == Kind::choice) {
    if (std::ranges::any_of(children, [&](Node child) { return fulfillable(child); })) return true;
    std::ranges::for_each(children, lacks);
    return false;
  }
  return std::ranges::none_of(children, lacks);  // needs all, and waits for the first that is lacking
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

void Grammar::leave_out(std::string what) {
  constexpr std::size_t most_told = 8;
  if (left_out_.size() < most_told && !std::ranges::contains(left_out_, what)) left_out_.push_back(std::move(what));
}

}  // namespace entente::grammar
