// Node: a TOML document as plain values with their places, so that only one file needs the TOML library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace entente::config {

struct Place {
  std::uint32_t line = 0, column = 0;
};

struct Node {
  using Array = std::vector<Node>;
  using Table = std::vector<std::pair<std::string, Node>>;
  std::variant<bool, std::int64_t, double, std::string, Array, Table> value;
  Place place;

  std::string_view kind() const;  // "a string", "a table", …
};

// The document's root table. The error's message begins with "FILE:LINE:COLUMN: ".
Result<Node> read_toml(std::string_view text, std::string_view file_name);

}  // namespace entente::config
