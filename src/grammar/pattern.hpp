// A JSON Schema `pattern` (a regular expression of ECMAScript) as a grammar of the characters inside a JSON string.
//
// What is there: characters, ".", classes with ranges and \d \w \s, groups, alternatives, ? * + {m,n}, anchors at the
// two ends. As the standard says, a pattern that is not anchored may stand anywhere in the string. What cannot be
// expressed (looking ahead or behind, references to groups, word boundaries, flags) is an Error that names it. Pure.
#pragma once

#include "base/result.hpp"
#include "grammar/json_text.hpp"

namespace entente::grammar {

Result<Node> pattern_inside_quotes(Grammar& grammar, JsonText& json, std::string_view pattern);

}  // namespace entente::grammar
