#include "policy/read_text.hpp"

#include <format>
#include <limits>

#include "policy/needs.hpp"
#include "policy/recorded_fields.hpp"
#include "wire/fields.hpp"

namespace entente::policy {

namespace {

using wire::Fields;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

Assurance assurance(Fields& fields, std::string_view name) {
  return one_of(
      fields, name,
      {Assurance::unknown, Assurance::declared, Assurance::contract, Assurance::certified, Assurance::measured});
}

std::int64_t amount(Fields& fields, std::string_view name) {
  auto value = number_in<std::int64_t>(fields, name);
  if (fields.ok() && !value) fields.reject(name, std::format("'{}' is missing.", name));
  return value.value_or(0);
}

void read(Fields& fields, std::vector<std::string>& value) { value = texts(fields, "value"); }
void read(Fields& fields, std::string& value) { value = fields.required_text("value"); }
void read(Fields& fields, std::int64_t& value) { value = fields.integer("value", -most, most).value_or(0); }
void read(Fields& fields, bool& value) { value = fields.boolean("value").value_or(false); }

Rule rule_in(Fields& fields) {
  Rule rule;
  rule.article = fields.required_text("article");
  rule.demand = one_of(fields, "demand", {Demand::require, Demand::forbid, Demand::prefer});
  rule.from = fields.required_text("from");
  rule.grounds = texts(fields, "grounds");
  rule.least = assurance(fields, "least");
  rule.most = fields.integer("most", -most, most).value_or(0);
  rule.subject = fields.required_text("subject");
  rule.truth = fields.boolean("truth").value_or(false);
  rule.values = texts(fields, "values");
  return rule;
}

std::vector<Rule> rules_in(Fields& fields) {
  std::vector<Rule> rules;
  fields.each("rules", [&](Fields& one) { rules.push_back(rule_in(one)); });
  return rules;
}

When when_in(Fields& fields) {
  When when;
  when.from = fields.required_text("from");
  when.keys = texts(fields, "keys");
  when.labels = texts(fields, "labels");
  when.models = texts(fields, "models");
  when.persons = texts(fields, "persons");
  when.projects = texts(fields, "projects");
  when.tenants = texts(fields, "tenants");
  when.until = fields.required_text("until");
  return when;
}

Policy policy_in(Fields& fields) {
  Policy policy;
  policy.because = fields.required_text("because");
  policy.grounds = texts(fields, "grounds");
  policy.name = fields.required_text("name");
  policy.profiles = texts(fields, "profiles");
  policy.rules = rules_in(fields);
  fields.inside("when", [&](Fields& inner) { policy.when = when_in(inner); });
  return policy;
}

Profile profile_in(Fields& fields) {
  Profile profile;
  profile.name = fields.required_text("name");
  profile.notes = texts(fields, "notes");
  profile.reviewed = fields.required_text("reviewed");
  profile.rules = rules_in(fields);
  profile.source = fields.required_text("source");
  profile.status = fields.required_text("status");
  profile.title = fields.required_text("title");
  return profile;
}

Law law_in(Fields& fields) {
  Law law;
  law.by = texts(fields, "by");
  law.countries = texts(fields, "countries");
  law.name = fields.required_text("name");
  law.reviewed = fields.required_text("reviewed");
  law.source = fields.required_text("source");
  law.title = fields.required_text("title");
  return law;
}

// A whole text, every member of which `read` asks for.
template <class Value, class Read>
Result<Value> whole(std::string_view text, Read read) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  Fields fields(json, "");
  Value value{};
  read(fields, value);
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return value;
}

}  // namespace

Result<Facts> read_facts(std::string_view text) {
  return whole<Facts>(text, [](Fields& fields, Facts& facts) {
    for_each_fact([&](std::string_view name, auto at) {
      auto& fact = facts.*at;
      fields.inside(name, [&](Fields& inner) {
        fact.assurance = assurance(inner, "assurance");
        fact.expires = inner.text("expires").value_or("");
        fact.reviewed = inner.text("reviewed").value_or("");
        fact.source = inner.text("source").value_or("");
        read(inner, fact.value.emplace());
      });
    });
  });
}

Result<Deployment> read_terms(std::string_view text) {
  return whole<Deployment>(text, [](Fields& fields, Deployment& deployment) {
    constexpr std::int64_t most_of_32_bits = std::numeric_limits<std::uint32_t>::max();
    fields.inside("capabilities", [&](Fields& inner) {
      Needs& can = deployment.capabilities.emplace();
      for (const NamedNeed& need : named_needs) can.*need.at = inner.boolean(need.name).value_or(false);
    });
    deployment.context_tokens =
        static_cast<std::uint32_t>(fields.integer("context_tokens", 0, most_of_32_bits).value_or(0));
    fields.inside("price", [&](Fields& inner) {
      Price& price = deployment.price.emplace();
      if (inner.any("cached_input")) price.cached_input_nano_per_million = amount(inner, "cached_input");
      price.currency = inner.required_text("currency");
      price.input_nano_per_million = amount(inner, "input");
      price.output_nano_per_million = amount(inner, "output");
    });
    deployment.provider = fields.required_text("provider");
    deployment.weight = static_cast<std::uint32_t>(fields.integer("weight", 0, most_of_32_bits).value_or(0));
  });
}

Result<Policies> read_policies(std::string_view text) {
  return whole<Policies>(text, [](Fields& fields, Policies& policies) {
    fields.each("laws", [&](Fields& one) { policies.laws.push_back(law_in(one)); });
    fields.each("policies", [&](Fields& one) { policies.policies.push_back(policy_in(one)); });
    fields.each("profiles", [&](Fields& one) { policies.profiles.push_back(profile_in(one)); });
  });
}

}  // namespace entente::policy
