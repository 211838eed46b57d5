// The canonical texts of policy/text.hpp, read back: what a receipt discloses becomes what decide() takes. Strict: a
// member that is not known here is refused, because a decision that went by it could not be run again. Pure, any
// thread. Failure: invalid_request.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "domain/deployment.hpp"
#include "domain/facts.hpp"
#include "policy/policy.hpp"

namespace entente::policy {

Result<Facts> read_facts(std::string_view text);
Result<Deployment> read_terms(std::string_view text);  // with neither name nor facts
Result<Policies> read_policies(std::string_view text);

}  // namespace entente::policy
