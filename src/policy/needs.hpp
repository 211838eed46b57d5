// The needs of work, and what deployments can, by the names that records and statements have for them.
#pragma once

#include <iterator>
#include <string_view>

#include "domain/work.hpp"

namespace entente::policy {

struct NamedNeed {
  std::string_view name;
  bool Needs::* at;
  std::string_view lack;  // what is said of a deployment that cannot
};

// Ordered by name, as JSON (RFC 8785) orders members.
inline constexpr NamedNeed named_needs[] = {
    {"images", &Needs::images, "makes no images"},
    {"moderation", &Needs::moderation, "judges no texts"},
    {"schema", &Needs::schema, "cannot keep to a schema"},
    {"speech", &Needs::speech, "does not speak"},
    {"tools", &Needs::tools, "cannot call tools"},
    {"transcription", &Needs::transcription, "writes no speech down"},
    {"vision", &Needs::vision, "cannot see images"},
};
static_assert(std::size(named_needs) == sizeof(Needs), "a need without a name would be missing in records");

}  // namespace entente::policy
