// A Decision in few words, for the header of an answer, and the number that keeps a session where it was. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/decision.hpp"

namespace entente::policy {

// "first=far; refused=near (breaker_open); rejected=old (capabilities)": who comes first now, who was asked before and
// why it did not answer, who may not. Plain text without quotes, at most some 500 bytes.
std::string in_brief(const Decision& decision);

// The same for the same session of a tenant, well spread, and unlike those of other tenants.
std::uint64_t draw_of(std::string_view tenant, std::string_view session);

}  // namespace entente::policy
