// The needs of work, and what deployments can, by the names that records and statements have for them.
#pragma once

#include <iterator>
#include <string_view>

#include "domain/work.hpp"

namespace entente::policy {

struct NamedNeed {
  std::string_view name;
  bool Needs::* at;
};

// Ordered by name, as JSON (RFC 8785) orders members.
inline constexpr NamedNeed named_needs[] = {
    {"images", &Needs::images}, {"moderation", &Needs::moderation}, {"schema", &Needs::schema},
    {"speech", &Needs::speech}, {"tools", &Needs::tools},           {"transcription", &Needs::transcription},
    {"vision", &Needs::vision},
};
static_assert(std::size(named_needs) == sizeof(Needs), "a need without a name would be missing in records");

}  // namespace entente::policy
