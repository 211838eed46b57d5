#include <algorithm>
#include <format>

#include "policy/decision.hpp"

namespace entente::policy {

namespace {

constexpr std::size_t most_named = 3;  // candidates in one message

std::string quoted(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    out += std::format("{}'{}'", i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", names[i]);
  }
  return out;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
  }
  return out;
}

}  // namespace

std::optional<Error> refusal_by_policy(const Decision& decision, std::string_view model, const Rulebook& rulebook) {
  if (!decision.chosen.empty() || decision.applied.empty()) return std::nullopt;
  // Refused by a policy: whatever failed first of those that apply. A candidate that a policy allows but that cannot
  // do the work is no refusal by policy.
  std::vector<std::uint32_t> refusing;
  std::vector<std::string> names;
  std::string each;
  std::size_t named = 0;
  for (const Verdict& verdict : decision.verdicts) {
    const Rulebook::Judged* judged = rulebook.judged(verdict.deployment);
    if (!judged) continue;
    auto failed = std::ranges::find_if(
        judged->failures, [&](std::uint32_t policy) { return std::ranges::binary_search(decision.applied, policy); },
        &Rulebook::Failure::policy);
    if (failed == judged->failures.end()) return std::nullopt;
    const Policy& policy = rulebook.policy(failed->policy);
    if (!std::ranges::contains(refusing, failed->policy)) {
      refusing.push_back(failed->policy);
      names.push_back(policy.name);
    }
    if (++named > most_named) continue;
    each += std::format(" {} {}", verdict.deployment, failed->reason);
    if (failed->rule != policy.name) each += std::format(" ({})", failed->rule.substr(policy.name.size() + 2));
    each += '.';
  }
  if (refusing.empty()) return std::nullopt;
  if (named > most_named) each += std::format(" {} more are refused as well.", named - most_named);
  std::string because;
  if (refusing.size() == 1 && !rulebook.policy(refusing[0]).because.empty())
    because = std::format(" ({})", rulebook.policy(refusing[0]).because);
  std::vector<std::string> wishes;
  for (std::uint32_t policy : refusing) {
    for (std::string& wish : rulebook.wishes(policy)) {
      if (!std::ranges::contains(wishes, wish)) wishes.push_back(std::move(wish));
    }
  }
  return Error{
      .code = ErrorCode::forbidden,
      .message = std::format("The {} {}{} {} no deployment of the model '{}'.{} What would make it possible: a "
                             "deployment that {}.",
                             refusing.size() == 1 ? "policy" : "policies", quoted(names), because,
                             refusing.size() == 1 ? "allows" : "allow", model, each, joined(wishes)),
      .reason = "policy_refused"};
}

std::optional<Error> refusal_to_keep(const std::vector<std::uint32_t>& applied, const Rulebook& rulebook) {
  for (const Rulebook::Failure& failure : rulebook.keeper().failures) {
    if (!std::ranges::binary_search(applied, failure.policy)) continue;
    return Error{
        .code = ErrorCode::forbidden,
        .message = std::format("The policy '{}' does not let this server keep the answer: it {}. Ask for it with "
                               "'store' false.",
                               rulebook.policy(failure.policy).name, failure.reason),
        .reason = "policy_refused",
        .param = "store"};
  }
  return std::nullopt;
}

}  // namespace entente::policy
