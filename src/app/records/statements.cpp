#include "app/records/statements.hpp"

#include "labels/text.hpp"
#include "policy/text.hpp"

namespace entente::app {

std::vector<store::Stated> statements_of(const Catalogue& catalogue, const policy::Policies& policies,
                                         std::span<const LabelRule> labels) {
  std::vector<store::Stated> all;
  all.push_back({audit::StatementKind::policies, "", policy::policies_text(policy::used_of(policies))});
  all.push_back({audit::StatementKind::labels, "", labels::rules_text(labels)});
  for (const auto& [name, deployment] : catalogue.deployments) {
    all.push_back({audit::StatementKind::facts, name, policy::facts_text(deployment.facts)});
    all.push_back({audit::StatementKind::terms, name, policy::terms_text(deployment)});
  }
  return all;
}

}  // namespace entente::app
