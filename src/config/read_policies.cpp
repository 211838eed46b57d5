// Policies, profiles and laws: the same grammar for those of a configuration and those that come with Entente.
#include <algorithm>
#include <format>

#include "config/reader.hpp"
#include "policy/subjects.hpp"

namespace entente::config {

namespace {

template <class T>
std::vector<std::string> names_of(const std::vector<T>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const T& one : all) names.push_back(one.name);
  return names;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
  std::string near = nearest_name(name, known);
  return near.empty() ? "" : std::format("; did you mean \"{}\"?", near);
}

auto member_of(const Node::Table& table, std::string_view key) {
  return std::ranges::find(table, key, [](const Node::Member& member) { return std::string_view(member.key); });
}

}  // namespace

std::vector<policy::Rule> Reader::read_demands(const Node::Table& table, std::string_view where) {
  std::vector<policy::Rule> rules;
  for (auto demand : {policy::Demand::require, policy::Demand::forbid, policy::Demand::prefer}) {
    auto found = member_of(table, policy::to_string(demand));
    if (found == table.end()) continue;
    std::string name = std::format("{}.{}", where, policy::to_string(demand));
    const Node::Table* members = table_of(found->node, name);
    if (!members) continue;
    Demands demands;
    demands.all.least = Assurance::declared;
    read_members(demands, *members, found->node.place, demand_settings(demand), name);
    for (policy::Rule& rule : demands.rules) {
      rule.least = demands.all.least;
      rules.push_back(std::move(rule));
    }
  }
  return rules;
}

void Reader::read_policies(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "policies")) {
    policy::Policy policy;
    read_members(policy, table, place, policy_settings(), "policies", {"when", "require", "forbid", "prefer"});
    policy.rules = read_demands(table, "policies");
    if (auto when = member_of(table, "when"); when != table.end()) {
      if (auto* members = table_of(when->node, "policies.when"))
        read_members(policy.when, *members, when->node.place, when_settings(), "policies.when");
    }
    if (!policy.name.empty() && policy.name == policy::only_here().name) {
      problem(place, std::format("the policy \"{}\" is always there; choose another name", policy.name));
    } else if (!places_.emplace("policies." + policy.name, place).second) {
      problem(place, std::format("two policies are named \"{}\"; names must differ", policy.name));
    }
    auto asks = {"require", "forbid", "prefer", "profiles"};
    if (std::ranges::none_of(asks, [&](std::string_view key) { return member_of(table, key) != table.end(); })) {
      problem(place, std::format("the policy \"{}\" asks for nothing; write a require, a forbid, a prefer or profiles",
                                 policy.name));
    }
    out_.config.policies.policies.push_back(std::move(policy));
  }
}

void Reader::read_profiles(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "profiles")) {
    policy::Profile profile;
    read_members(profile, table, place, profile_settings(), "profiles", {"rules"});
    if (auto rules = member_of(table, "rules"); rules != table.end()) {
      for (const auto& [at, article] : entries_of(rules->node, "profiles.rules")) {
        policy::Rule common;
        read_members(common, article, at, article_settings(), "profiles.rules", {"require", "forbid", "prefer"});
        for (policy::Rule& rule : read_demands(article, "profiles.rules")) {
          rule.article = common.article;
          rule.grounds = common.grounds;
          rule.from = common.from;
          profile.rules.push_back(std::move(rule));
        }
      }
    }
    if (std::ranges::contains(out_.config.policies.profiles, profile.name, &policy::Profile::name)) {
      problem(place, std::format("there is a profile \"{}\" already; choose another name", profile.name));
    }
    places_.emplace("profiles." + profile.name, place);
    out_.config.policies.profiles.push_back(std::move(profile));
  }
}

void Reader::read_laws(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "laws")) {
    policy::Law law;
    read_members(law, table, place, law_settings(), "laws", {});
    for (const std::string& by : law.by) {
      const policy::Subject* subject = policy::find_subject(by);
      if (subject && subject->kind == policy::Kind::countries) continue;
      problem(place,
              std::format("laws.by: \"{}\" is no fact that names countries, like \"ultimate_parent_country\"", by));
    }
    if (std::ranges::contains(out_.config.policies.laws, law.name, &policy::Law::name)) {
      problem(place, std::format("there is a law \"{}\" already; choose another name", law.name));
    }
    out_.config.policies.laws.push_back(std::move(law));
  }
}

void Reader::check_policies() {
  const policy::Policies& all = out_.config.policies;
  std::vector<std::string> profiles = names_of(all.profiles), laws = names_of(all.laws), grounds;
  auto check_laws = [&](const std::vector<policy::Rule>& rules, const std::string& where) {
    for (const policy::Rule& rule : rules) {
      if (rule.subject != "laws") continue;
      for (const std::string& law : rule.values) {
        if (!std::ranges::contains(laws, law))
          problem(places_[where], std::format("{} names the law \"{}\", which nobody described{}", where, law,
                                              did_you_mean(law, laws)));
      }
    }
  };
  for (const policy::Profile& profile : all.profiles) {
    check_laws(profile.rules, "profiles." + profile.name);
    for (const policy::Rule& rule : profile.rules) {
      for (const std::string& ground : rule.grounds) grounds.push_back(profile.name + ":" + ground);
    }
  }
  for (const policy::Policy& policy : all.policies) {
    std::string where = "policies." + policy.name;
    check_laws(policy.rules, where);
    for (const std::string& name : policy.profiles) {
      if (!std::ranges::contains(profiles, name))
        problem(places_[where], std::format("the policy \"{}\" names the profile \"{}\", which nobody described{}",
                                            policy.name, name, did_you_mean(name, profiles)));
    }
    for (const std::string& name : policy.grounds) {
      if (!std::ranges::contains(grounds, name))
        problem(places_[where], std::format("the policy \"{}\" gives the ground \"{}\", which no profile knows{}",
                                            policy.name, name, did_you_mean(name, grounds)));
    }
  }
  auto check_contract = [&](const Facts& facts, const std::string& where) {
    if (!facts.transfer_grounds.value) return;
    for (const std::string& name : *facts.transfer_grounds.value) {
      if (!std::ranges::contains(grounds, name))
        problem(places_[where], std::format("{}.facts.transfer_grounds: no profile knows the ground \"{}\"{}", where,
                                            name, did_you_mean(name, grounds)));
    }
  };
  for (const Deployment& deployment : out_.config.deployments)
    check_contract(deployment.facts, "deployments." + deployment.name);
  check_contract(out_.config.server.facts, "server");
}

Result<policy::Policies> Reader::read_builtin(const Node& root) {
  for (const auto& [key, node] : std::get<Node::Table>(root.value)) {
    if (key == "profiles") read_profiles(node);
    if (key == "laws") read_laws(node);
  }
  check_policies();
  TRY(verdict());
  return std::move(out_.config.policies);
}

}  // namespace entente::config
