#include "policy/policy.hpp"

#include <algorithm>
#include <iterator>

namespace entente::policy {

std::string_view to_string(Demand demand) {
  switch (demand) {
    case Demand::require: return "require";
    case Demand::forbid: return "forbid";
    case Demand::prefer: return "prefer";
  }
  return "require";
}

Policies used_of(const Policies& all) {
  Policies used{.policies = all.policies, .profiles = {}, .laws = {}};
  std::vector<std::string> profiles, laws;
  auto note_laws = [&](const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      if (rule.subject == "laws") laws.insert(laws.end(), rule.values.begin(), rule.values.end());
    }
  };
  for (const Policy& policy : all.policies) {
    profiles.insert(profiles.end(), policy.profiles.begin(), policy.profiles.end());
    note_laws(policy.rules);
  }
  std::ranges::copy_if(all.profiles, std::back_inserter(used.profiles),
                       [&](const Profile& profile) { return std::ranges::contains(profiles, profile.name); });
  for (const Profile& profile : used.profiles) note_laws(profile.rules);
  std::ranges::copy_if(all.laws, std::back_inserter(used.laws),
                       [&](const Law& law) { return std::ranges::contains(laws, law.name); });
  return used;
}

const Policy& only_here() {
  static const Policy policy{.name = "only-here",
                             .because = "the work stays on this machine",
                             .when = {},
                             .rules = {{.subject = "providers", .values = {"local"}, .least = Assurance::declared}},
                             .profiles = {},
                             .grounds = {}};
  return policy;
}

}  // namespace entente::policy
