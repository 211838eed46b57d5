// LabelRule: when work is given a label beside those that its key and its request name: by who asks, or by what its
// text holds. Plain values, as the configuration states them; labels/labeller.hpp applies them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace entente {

struct LabelRule {
  std::string label;
  // Whose work it looks at, by name; '*' stands for any text. Each list that is not empty must have them.
  std::vector<std::string> tenants, projects, keys;
  // What it looks for in the text; nothing named: whoever it is for has the label.
  std::vector<std::string> finds;     // names of labels/identifiers.hpp: "email", "iban"
  std::vector<std::string> words;     // whole words, large or small; '*' stands for any letters and digits
  std::vector<std::string> patterns;  // RE2's regular expressions
  std::vector<std::string> except;    // what is found and does not count; '*' stands for any text
  std::uint32_t at_least = 1;         // so many different ones must be found

  bool looks_at_text() const { return !finds.empty() || !words.empty() || !patterns.empty(); }

  friend bool operator==(const LabelRule&, const LabelRule&) = default;
};

}  // namespace entente
