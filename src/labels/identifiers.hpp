// Identifiers: what is known by its form, and most of it by a sum in it as well: addresses, accounts, people's numbers.
//
// A form alone finds too much: any eleven digits may be somebody's number. Where a number carries a check of its own,
// `holds` works it out, so that of random digits one in ten (Luhn) to one in ninety-seven (IBAN, NIR) is left. What is
// written otherwise than here (in words, in other digits than 0 to 9, inside a picture) is not found. Pure, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entente::labels {

struct Identifier {
  std::string_view name;            // what the configuration calls it
  std::string_view group;           // another name, for all of a kind; empty: none
  std::string_view says;            // "an e-mail address"
  std::string_view pattern;         // RE2's regular expression, without what must stand before and behind it
  bool (*holds)(std::string_view);  // whether what has the form is one; null: the form is enough
};

std::span<const Identifier> identifiers();

// One of that name, or all of that group; none: there is no such name.
std::vector<const Identifier*> identifiers_named(std::string_view name);

// All names and groups that may be asked for, `not_text` among them.
std::vector<std::string> names_of_identifiers();

// Whatever cannot be read: pictures, sound, sealed thoughts, tokens.
inline constexpr std::string_view not_text = "not-text";

}  // namespace entente::labels
