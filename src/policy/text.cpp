#include "policy/text.hpp"

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "policy/needs.hpp"
#include "wire/json_writer.hpp"

namespace entente::policy {

namespace {

using wire::JsonWriter;

void write(JsonWriter& json, const std::vector<std::string>& texts) {
  json.begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}
void write(JsonWriter& json, const std::string& text) { json.string(text); }
void write(JsonWriter& json, std::int64_t number) { json.number(number); }
void write(JsonWriter& json, bool truth) { json.boolean(truth); }

void member(JsonWriter& json, std::string_view name, const auto& value) {
  json.key(name);
  write(json, value);
}

void write(JsonWriter& json, const Rule& rule) {
  json.begin_object();
  member(json, "article", rule.article);
  member(json, "demand", std::string(to_string(rule.demand)));
  member(json, "from", rule.from);
  member(json, "grounds", rule.grounds);
  member(json, "least", std::string(to_string(rule.least)));
  member(json, "most", rule.most);
  member(json, "subject", rule.subject);
  member(json, "truth", rule.truth);
  member(json, "values", rule.values);
  json.end_object();
}

void write(JsonWriter& json, const When& when) {
  json.begin_object();
  member(json, "from", when.from);
  member(json, "keys", when.keys);
  member(json, "labels", when.labels);
  member(json, "models", when.models);
  member(json, "persons", when.persons);
  member(json, "projects", when.projects);
  member(json, "tenants", when.tenants);
  member(json, "until", when.until);
  json.end_object();
}

void write(JsonWriter& json, const Policy& policy);
void write(JsonWriter& json, const Profile& profile);
void write(JsonWriter& json, const Law& law);

void write_all(JsonWriter& json, std::string_view name, const auto& all) {
  json.key(name).begin_array();
  for (const auto& one : all) write(json, one);
  json.end_array();
}

void write(JsonWriter& json, const Policy& policy) {
  json.begin_object();
  member(json, "because", policy.because);
  member(json, "grounds", policy.grounds);
  member(json, "name", policy.name);
  member(json, "profiles", policy.profiles);
  write_all(json, "rules", policy.rules);
  json.key("when");
  write(json, policy.when);
  json.end_object();
}

void write(JsonWriter& json, const Profile& profile) {
  json.begin_object();
  member(json, "name", profile.name);
  member(json, "notes", profile.notes);
  member(json, "reviewed", profile.reviewed);
  write_all(json, "rules", profile.rules);
  member(json, "source", profile.source);
  member(json, "status", profile.status);
  member(json, "title", profile.title);
  json.end_object();
}

void write(JsonWriter& json, const Law& law) {
  json.begin_object();
  member(json, "by", law.by);
  member(json, "countries", law.countries);
  member(json, "name", law.name);
  member(json, "reviewed", law.reviewed);
  member(json, "source", law.source);
  member(json, "title", law.title);
  json.end_object();
}

}  // namespace

std::string facts_text(const Facts& facts) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for_each_fact([&](std::string_view name, auto at) {
    const auto& fact = facts.*at;
    if (!fact.value) return;
    json.key(name).begin_object();
    member(json, "assurance", std::string(to_string(fact.assurance)));
    if (!fact.expires.empty()) member(json, "expires", fact.expires);
    if (!fact.reviewed.empty()) member(json, "reviewed", fact.reviewed);
    if (!fact.source.empty()) member(json, "source", fact.source);
    member(json, "value", *fact.value);
    json.end_object();
  });
  json.end_object();
  return out;
}

std::string terms_text(const Deployment& deployment) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  if (const auto& can = deployment.capabilities) {
    json.key("capabilities").begin_object();
    for (const NamedNeed& need : named_needs) member(json, need.name, (*can).*need.at);
    json.end_object();
  }
  member(json, "context_tokens", std::int64_t{deployment.context_tokens});
  if (const auto& price = deployment.price) {
    json.key("price").begin_object();
    if (const auto& cached = price->cached_input_nano_per_million)
      member(json, "cached_input", std::to_string(*cached));
    member(json, "currency", price->currency);
    member(json, "input", std::to_string(price->input_nano_per_million));
    member(json, "output", std::to_string(price->output_nano_per_million));
    json.end_object();
  }
  member(json, "provider", deployment.provider);
  member(json, "weight", std::int64_t{deployment.weight});
  json.end_object();
  return out;
}

std::string policies_text(const Policies& policies) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_all(json, "laws", policies.laws);
  write_all(json, "policies", policies.policies);
  write_all(json, "profiles", policies.profiles);
  json.end_object();
  return out;
}

std::string name_of_text(std::string_view text) { return to_base64(sha256(text)); }

}  // namespace entente::policy
