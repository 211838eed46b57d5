// What is in force, in words: the policies of this server, and the profiles that they may name.
#include "app/commands/policy.hpp"

#include <algorithm>
#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/terminal/output.hpp"
#include "base/suggest.hpp"
#include "policy/check.hpp"
#include "policy/text.hpp"

namespace entente::app {

namespace {

std::string words_of(const policy::When& when) {
  std::string out;
  auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) out += std::format("{}{} {}", out.empty() ? "" : "; ", what, joined(names));
  };
  add("labels", when.labels);
  add("models", when.models);
  add("tenants", when.tenants);
  add("projects", when.projects);
  add("keys", when.keys);
  add("persons", when.persons);
  if (!when.from.empty()) out += std::format("{}from {}", out.empty() ? "" : "; ", when.from);
  if (!when.until.empty()) out += std::format("{}until {}", out.empty() ? "" : "; ", when.until);
  return out.empty() ? "all work" : out;
}

void print_rule(const policy::Rule& rule, std::string_view from) {
  std::printf("    %s one that %s%s", rule.demand == policy::Demand::prefer ? "prefers" : "asks for",
              policy::wish_of(rule).c_str(), from.empty() ? "" : std::format("  ({})", from).c_str());
  if (!rule.grounds.empty()) std::printf("; grounds: %s", joined(rule.grounds).c_str());
  if (!rule.from.empty()) std::printf("; from %s on", rule.from.c_str());
  std::printf("\n");
}

void print_profile(const policy::Profile& profile) {
  std::printf("%s: %s\n  status: %s\n  source: %s\n  compared with it: %s\n", profile.name.c_str(),
              profile.title.c_str(), profile.status.c_str(), profile.source.c_str(),
              profile.reviewed.empty() ? "never" : profile.reviewed.c_str());
  for (const policy::Rule& rule : profile.rules) print_rule(rule, rule.article);
  for (const std::string& note : profile.notes) std::printf("    note: %s\n", note.c_str());
}

void print_policy(const policy::Rulebook& book, std::uint32_t number) {
  const policy::Policy& policy = book.policy(number);
  std::printf("%s%s\n  for %s\n", bold(policy.name, 1).c_str(),
              policy.because.empty() ? "" : std::format(": {}", policy.because).c_str(), words_of(policy.when).c_str());
  for (const policy::Rule& rule : policy.rules) print_rule(rule, "");
  for (const std::string& name : policy.profiles) {
    auto profile = std::ranges::find(book.policies()->profiles, name, &policy::Profile::name);
    for (const policy::Rule& rule : profile->rules) print_rule(rule, std::format("{}, {}", name, rule.article));
  }
  if (!policy.grounds.empty()) std::printf("    given: %s\n", joined(policy.grounds).c_str());
  for (const auto& [name, deployment] : book.catalogue().deployments) {
    const policy::Rulebook::Judged& judged = *book.judged(name);
    auto failed = std::ranges::find(judged.failures, number, &policy::Rulebook::Failure::policy);
    if (failed == judged.failures.end()) {
      auto grounds = judged.grounds.find(number);
      std::printf("  + %s%s\n", name.c_str(),
                  grounds == judged.grounds.end() ? "" : std::format(" (by {})", grounds->second).c_str());
    } else {
      std::printf("  - %s %s\n", name.c_str(), failed->reason.c_str());
    }
  }
}

}  // namespace

int policy_check(const Common& common) {
  auto book = rulebook_of(common, "");
  if (!book) return report(book.error(), common.json);
  if (common.json) {
    std::printf("%s\n", policy::policies_text(policy::used_of(*(*book)->policies())).c_str());
    return 0;
  }
  if ((*book)->policies()->policies.empty()) {
    std::printf(
        "No policy is configured: every deployment may take all work. [[policies]] in the configuration says "
        "otherwise (docs/policies.md).\n");
    return 0;
  }
  for (std::uint32_t number = 0; number + 1 < (*book)->count(); ++number) print_policy(**book, number);
  std::printf("Beside these a client may ask for %s with the header entente-policy.\n",
              policy::only_here().name.c_str());
  return 0;
}

int policy_profiles(const Common& common, const std::string& name) {
  auto loaded = config::load_file(common.config_file);
  if (!loaded) return report(loaded.error(), common.json);
  policy::Policies all = loaded->config.policies;
  all.policies.clear();
  if (!name.empty()) {
    std::vector<std::string> names;
    names.reserve(all.profiles.size());
    for (const policy::Profile& profile : all.profiles) names.push_back(profile.name);
    std::erase_if(all.profiles, [&](const policy::Profile& profile) { return profile.name != name; });
    if (all.profiles.empty()) {
      std::string near = nearest_name(name, names);
      return report({.code = ErrorCode::not_found,
                     .message = std::format("There is no profile '{}'.{}", name,
                                            near.empty() ? "" : std::format(" Did you mean '{}'?", near))},
                    common.json);
    }
  }
  if (common.json) {
    std::printf("%s\n", policy::policies_text(all).c_str());
    return 0;
  }
  for (const policy::Profile& profile : all.profiles) print_profile(profile);
  if (name.empty()) {
    std::printf("\nLaws that a rule may forbid:\n");
    for (const policy::Law& law : all.laws) std::printf("  %s: %s\n", law.name.c_str(), law.title.c_str());
    std::printf("\nThese are a starting point, not advice: compare each with its source.\n");
  }
  return 0;
}

}  // namespace entente::app
