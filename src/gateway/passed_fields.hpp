// Members of a request that go to a maker as they came (domain/passed_fields.hpp). What those that no table knows would
// have it do nobody can say, and no rule either: they pass only where no policy applies. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "domain/work.hpp"
#include "policy/decision.hpp"

namespace entente::gateway {

// Their names, for the record of the attempt that takes them.
std::vector<std::string> passed_names(const Work& work);

std::optional<Error> refusal_of_passed_fields(const Work& work, const policy::Decision& decision);

}  // namespace entente::gateway
