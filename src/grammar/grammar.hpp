// Grammar: the forms a text of bytes can have, as a tree of nodes with rules for what repeats itself.
//
// Built once by the functions below, then read only. Repetition is counted, not written out: item{0,100000} is one
// node. A text is a text of bytes; strings of JSON are made of whole UTF-8 characters by the nodes that describe them.
// No rule may begin with itself. Pure.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace entente::grammar {

using Node = std::uint32_t;
using Bytes = std::bitset<256>;

constexpr std::uint32_t unbounded = UINT32_MAX;

class Grammar {
 public:
  enum class Kind : std::uint8_t {
    bytes,     // one byte of a set
    literal,   // these bytes
    sequence,  // each child, one after the other
    choice,    // any one child
    repeat,    // the child, `least` to `most` times
    rule,      // the child, which may be given later
    until,     // anything up to and with a mark
    without,   // anything that does not hold a mark
  };
  struct Item {
    Kind kind;
    std::uint32_t at = 0, count = 0;  // children, or the place in literals or sets
    std::uint32_t least = 0, most = 0;
  };

  Node bytes(const Bytes& set);
  Node range(unsigned char first, unsigned char last);
  Node literal(std::string_view text);
  Node sequence(std::vector<Node> children);
  Node choice(std::vector<Node> children);
  Node repeat(Node child, std::uint32_t least, std::uint32_t most);
  Node optional(Node child) { return repeat(child, 0, 1); }
  Node rule();
  void define(Node rule, Node child);
  // `mark` must not be empty.
  Node until(std::string_view mark);
  Node without(std::string_view mark);
  Node nothing() { return sequence({}); }

  void set_root(Node root) { root_ = root; }
  // What whoever makes it was asked for and does not hold, in words for a person; the first few of them.
  void leave_out(std::string what);
  const std::vector<std::string>& left_out() const { return left_out_; }
  Node root() const { return root_; }
  std::size_t size() const { return items_.size(); }

  const Item& item(Node node) const { return items_[node]; }
  Node child(const Item& item, std::uint32_t index) const { return children_[item.at + index]; }
  const Bytes& set(const Item& item) const { return sets_[item.at]; }
  std::string_view text(const Item& item) const { return std::string_view(literals_).substr(item.at, item.count); }
  // For `until` and `without`: how much of the mark stands at the end when `byte` follows `matched` bytes of it.
  std::uint32_t advance_mark(const Item& item, std::uint32_t matched, unsigned char byte) const;
  // Whether any text fits, as far as rules are defined: a rule that always needs itself once more, for one, has none.
  bool fulfillable(Node node) const { return fulfillable_[node]; }

 private:
  Node add(Item item);
  Node with_children(Kind kind, const std::vector<Node>& children, std::uint32_t least = 0, std::uint32_t most = 0);
  Node with_text(Kind kind, std::string_view text);
  void settle(Node node);
  bool has_what_it_needs(Node node);

  std::vector<Item> items_;
  std::vector<Node> children_;
  std::vector<Bytes> sets_;
  std::string literals_;
  std::vector<bool> fulfillable_;                         // of each node
  std::unordered_map<Node, std::vector<Node>> awaiting_;  // by what is not fulfillable yet: who needs it
  Node root_ = 0;
  std::vector<std::string> left_out_;
};

}  // namespace entente::grammar
