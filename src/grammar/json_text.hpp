// The pieces that every grammar of JSON is made of: strings, numbers, white space, any value.
//
// White space is little on purpose: nothing, a space, or a line break with some indentation, so that a small model
// cannot lose itself in it. Numbers have a length that fits every reader. Strings are whole UTF-8 characters; escapes
// that would make half a character (surrogates) are left out. Pure.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "grammar/grammar.hpp"

namespace entente::grammar {

using CodePoints = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // ranges, first and last

class JsonText {
 public:
  explicit JsonText(Grammar& grammar) : g_(grammar) {}

  Node space();
  Node character();  // one of a string, as it is written inside the quotes
  Node string(std::uint32_t least, std::uint32_t most);
  Node number();
  Node integer();
  Node value();   // any
  Node object();  // any
  Node array();   // any
  Node digit() { return g_.range('0', '9'); }

  // One character of these, as it is written inside the quotes.
  Node one_of(const CodePoints& points);
  // A key in quotes that is none of `names`, followed by nothing.
  Node key_except(const std::vector<std::string>& names);

  // "{" members "}", "[" … "]", with the space that may stand there; a member is key ":" value.
  Node braced(Node members);
  Node bracketed(Node items);
  Node member(Node key, Node value);
  Node after_comma(Node item);

 private:
  Node utf8(std::uint32_t first, std::uint32_t last);

  Grammar& g_;
  std::optional<Node> space_, character_, value_, object_, array_, number_, integer_;
};

}  // namespace entente::grammar
