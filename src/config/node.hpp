// Node: a TOML document as plain values with their places, so that only one file needs the TOML library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace entente::config {

struct Place {
  std::uint32_t line = 0, column = 0;
};

struct Node {
  using Array = std::vector<Node>;
  struct Member;  // not a std::pair: clang cannot complete one of a type that holds it
  using Table = std::vector<Member>;
  std::variant<bool, std::int64_t, double, std::string, Array, Table> value;
  Place place;

  std::string_view kind() const;  // "a string", "a table", …
};

struct Node::Member {
  std::string key;
  Node node;
};

// The document's root table. The error's message begins with "FILE:LINE:COLUMN: ".
Result<Node> read_toml(std::string_view text, std::string_view file_name);

}  // namespace entente::config
