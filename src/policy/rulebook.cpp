#include "policy/rulebook.hpp"

#include <algorithm>
#include <format>

#include "base/suggest.hpp"
#include "policy/check.hpp"
#include "policy/text.hpp"

namespace entente::policy {

namespace {

bool fits(const std::vector<std::string>& named, std::string_view is) {
  return named.empty() || std::ranges::contains(named, is);
}

bool applies(const When& when, const Envelope& envelope, const Principal& principal, std::string_view model) {
  if (!when.labels.empty() && std::ranges::none_of(when.labels, [&](const auto& label) {
        return std::ranges::contains(envelope.labels, label);
      }))
    return false;
  if (!when.models.empty() && std::ranges::none_of(when.models, [&](const std::string& pattern) {
        return fits_pattern(envelope.model, pattern) || fits_pattern(model, pattern);
      }))
    return false;
  return fits(when.tenants, principal.tenant_name) && fits(when.projects, principal.project_name) &&
         fits(when.keys, principal.key_name) && fits(when.persons, envelope.subject);
}

// The ground on which a profile's rule is lifted for a deployment: given for the policy's work, or by its contract.
std::string ground_for(const Rule& rule, const Profile& profile, const Policy& policy, const Deployment& deployment,
                       std::string_view today) {
  const auto& contract = deployment.facts.transfer_grounds;
  bool stands = contract.value && contract.assurance >= std::max(rule.least, Assurance::declared) &&
                (contract.expires.empty() || contract.expires > today);
  for (const std::string& ground : rule.grounds) {
    std::string name = std::format("{}:{}", profile.name, ground);
    if (std::ranges::contains(policy.grounds, name) || (stands && std::ranges::contains(*contract.value, name)))
      return name;
  }
  return {};
}

std::string name_of(const Policy& policy, const Profile* profile, const Rule& rule) {
  if (!profile) return policy.name;
  return rule.article.empty() ? std::format("{}: {}", policy.name, profile->name)
                              : std::format("{}: {}, {}", policy.name, profile->name, rule.article);
}

}  // namespace

std::string iso_date(Rulebook::Day day) { return std::format("{:%F}", day); }
Rulebook::Day day_of(Instant instant) { return std::chrono::floor<std::chrono::days>(instant); }

Rulebook::Rulebook(std::shared_ptr<const Catalogue> catalogue, std::shared_ptr<const Policies> policies, Day day)
    : catalogue_(std::move(catalogue)),
      policies_(std::move(policies)),
      day_(day),
      today_(iso_date(day)),
      hash_(name_of_text(policies_text(used_of(*policies_)))) {
  auto place = [&](const Policy& policy) {
    Entry entry{.policy = &policy, .rules = {}};
    entry.standing = policy.when.from <= today_ && (policy.when.until.empty() || today_ < policy.when.until);
    for (const Rule& rule : policy.rules) entry.rules.push_back({&rule, nullptr});
    for (const std::string& name : policy.profiles) {
      auto profile = std::ranges::find(policies_->profiles, name, &Profile::name);
      if (profile == policies_->profiles.end()) continue;  // the configuration has refused it
      for (const Rule& rule : profile->rules) {
        if (rule.from <= today_) entry.rules.push_back({&rule, &*profile});
      }
    }
    asks_ = {.tenants = asks_.tenants || !policy.when.tenants.empty(),
             .projects = asks_.projects || !policy.when.projects.empty(),
             .keys = asks_.keys || !policy.when.keys.empty(),
             .persons = asks_.persons || !policy.when.persons.empty()};
    all_.push_back(std::move(entry));
  };
  for (const Policy& policy : policies_->policies) place(policy);
  place(only_here());
  for (const auto& [name, deployment] : catalogue_->deployments) judged_.emplace(name, judge(deployment, For::work));
  keeper_ = judge(catalogue_->keeper, For::keeping);
}

Rulebook::Judged Rulebook::judge(const Deployment& deployment, For what) const {
  Judged out{.deployment = &deployment,
             .facts = name_of_text(facts_text(deployment.facts)),
             .terms = name_of_text(terms_text(deployment)),
             .failures = {},
             .unmet = {},
             .grounds = {}};
  for (std::uint32_t number = 0; number < all_.size(); ++number) {
    const Policy& policy = *all_[number].policy;
    bool failed = false;
    for (auto [rule, profile] : all_[number].rules) {
      if (what == For::keeping && (rule->subject == "deployments" || rule->subject == "providers")) continue;
      auto failure = failure_of(*rule, deployment, policies_->laws, today_);
      if (!failure) continue;
      if (rule->demand == Demand::prefer) {
        out.unmet.push_back(number);
        continue;
      }
      std::string ground = profile ? ground_for(*rule, *profile, policy, deployment, today_) : "";
      if (!ground.empty()) {
        std::string& grounds = out.grounds[number];
        if (!grounds.contains(ground)) grounds += (grounds.empty() ? "" : ", ") + ground;
      } else if (!failed) {
        failed = true;
        out.failures.push_back({.policy = number, .rule = name_of(policy, profile, *rule), .reason = *failure});
      }
    }
  }
  return out;
}

const Rulebook::Judged* Rulebook::judged(std::string_view deployment) const {
  auto found = judged_.find(deployment);
  return found == judged_.end() ? nullptr : &found->second;
}

std::vector<std::uint32_t> Rulebook::applying(const Envelope& envelope, const Principal& principal,
                                              std::string_view model) const {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t number = 0; number < all_.size(); ++number) {
    const Policy& policy = *all_[number].policy;
    bool always = &policy != &only_here() && all_[number].standing && applies(policy.when, envelope, principal, model);
    if (always || std::ranges::contains(envelope.policies, policy.name)) numbers.push_back(number);
  }
  return numbers;
}

Result<> Rulebook::check_names(const std::vector<std::string>& asked_for) const {
  std::vector<std::string> known;
  known.reserve(all_.size());
  for (const Entry& entry : all_) known.push_back(entry.policy->name);
  for (const std::string& name : asked_for) {
    if (std::ranges::contains(known, name)) continue;
    std::string near = nearest_name(name, known);
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("There is no policy '{}' here.{}", name.substr(0, 128),
                                        near.empty() ? "" : std::format(" Did you mean '{}'?", near)),
                 .reason = "policy_not_found",
                 .param = "entente-policy"});
  }
  return {};
}

std::vector<std::string> Rulebook::wishes(std::uint32_t policy) const {
  std::vector<std::string> out;
  for (auto [rule, profile] : all_[policy].rules) {
    if (rule->demand == Demand::prefer) continue;
    std::string wish = wish_of(*rule);
    if (!std::ranges::contains(out, wish)) out.push_back(std::move(wish));
  }
  return out;
}

}  // namespace entente::policy
