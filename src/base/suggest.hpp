// "Did you mean …?": the nearest of the names that exist, for a misspelled key, model or command. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace entente {

// The candidate with the least edit distance (insert, delete, replace, swap of neighbours), if it is near enough to be
// a slip of the finger: at most a third of the longer name's length. Empty otherwise.
std::string nearest_name(std::string_view wanted, std::span<const std::string> candidates);

}  // namespace entente
