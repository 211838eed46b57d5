// Countries: the codes of ISO 3166-1 (alpha-2) that facts and policies are written with, and the groups of them that
// a policy may name. Pure, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace entente {

bool is_country(std::string_view code);

// The members of "EU" (27 states) or "EEA" (and Iceland, Liechtenstein, Norway); empty: there is no such group. A
// territory with a code of its own (RE, GP, …) is no member by its state's code: who means it writes it.
std::span<const std::string_view> countries_of(std::string_view group);

// Codes and groups to codes, sorted, each once.
std::vector<std::string> expand_groups(const std::vector<std::string>& codes_and_groups);

}  // namespace entente
