#include "policy/record.hpp"

#include <algorithm>
#include <limits>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "policy/needs.hpp"
#include "policy/recorded_fields.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"

namespace entente::policy {

namespace {

using wire::Fields;
using wire::JsonWriter;

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

void member(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json.key(name).begin_array();
  for (const std::string& text : texts) json.string(text);
  json.end_array();
}

void member(JsonWriter& json, std::string_view name, std::string_view text) {
  if (!text.empty()) json.key(name).string(text);
}

void write(JsonWriter& json, const Preferences& preferences) {
  json.begin_object();
  if (!preferences.allow_fallbacks) json.key("allow_fallbacks").boolean(false);
  member(json, "ignore", preferences.ignore);
  if (const auto& price = preferences.most_price) {
    json.key("most_price").begin_object().key("currency").string(price->currency);
    if (price->input_nano_per_million) json.key("input").string(std::to_string(*price->input_nano_per_million));
    if (price->output_nano_per_million) json.key("output").string(std::to_string(*price->output_nano_per_million));
    json.end_object();
  }
  if (preferences.no_data_collection) json.key("no_data_collection").boolean(true);
  if (preferences.only) {  // nobody named is not the same as nothing said
    json.key("only").begin_array();
    for (const std::string& name : *preferences.only) json.string(name);
    json.end_array();
  }
  member(json, "order", preferences.order);
  if (preferences.sort) json.key("sort").string(*preferences.sort == Preferences::Sort::price ? "price" : "latency");
  json.end_object();
}

Preferences preferences_in(Fields& fields) {
  Preferences out;
  out.allow_fallbacks = fields.boolean("allow_fallbacks").value_or(true);
  out.ignore = texts(fields, "ignore");
  fields.inside("most_price", [&](Fields& inner) {
    auto& price = out.most_price.emplace(Preferences::MostPrice{});
    price.currency = inner.required_text("currency");
    price.input_nano_per_million = number_in<std::int64_t>(inner, "input");
    price.output_nano_per_million = number_in<std::int64_t>(inner, "output");
  });
  out.no_data_collection = fields.boolean("no_data_collection").value_or(false);
  if (fields.any("only")) out.only = texts(fields, "only");
  out.order = texts(fields, "order");
  if (auto sort = fields.text("sort")) {
    if (*sort != "price" && *sort != "latency") fields.reject("sort", "'sort' is not known.");
    out.sort = *sort == "price" ? Preferences::Sort::price : Preferences::Sort::latency;
  }
  return out;
}

void read(Fields& fields, Question& question) {
  auto day = parse_date(fields.required_text("day"));
  if (!day) fields.reject("day", "'day' is no date.");
  question.day = day.value_or(Rulebook::Day{});
  question.draw = number_in<std::uint64_t>(fields, "draw").value_or(0);
  question.principal.key_name = fields.text("key").value_or("");
  Envelope& envelope = question.envelope;
  envelope.labels = texts(fields, "labels");
  if (auto tokens = fields.integer("max_tokens", 0, std::numeric_limits<std::uint32_t>::max()))
    envelope.max_tokens = static_cast<std::uint32_t>(*tokens);
  question.model.name = fields.required_text("model");
  for (const std::string& need : texts(fields, "needs")) {
    auto known = std::ranges::find(named_needs, need, &NamedNeed::name);
    if (known == std::ranges::end(named_needs)) {
      fields.reject("needs", "A need is not known.");
    } else {
      envelope.needs.*known->at = true;
    }
  }
  envelope.subject = fields.text("person").value_or("");
  envelope.policies = texts(fields, "policies");
  fields.inside("preferences", [&](Fields& inner) {
    envelope.preferences = std::make_shared<const Preferences>(preferences_in(inner));
  });
  question.principal.project_name = fields.text("project").value_or("");
  envelope.prompt_bytes = static_cast<std::uint64_t>(fields.integer("prompt_bytes", 0, most).value_or(0));
  question.model.strategy = one_of(
      fields, "strategy",
      {Strategy::priority, Strategy::weight, Strategy::latency, Strategy::price, Strategy::context, Strategy::cascade});
  question.principal.tenant_name = fields.text("tenant").value_or("");
}

}  // namespace

// Members in canonical order, here as below.
std::string question_text(const Decision& decision, const Envelope& envelope, const Principal& principal,
                          const Model& model, const Rulebook& rulebook) {
  std::string out;
  JsonWriter json(out);
  const Rulebook::Asks& asks = rulebook.asks();
  json.begin_object().key("day").string(iso_date(rulebook.day()));
  if (decision.strategy == Strategy::weight) json.key("draw").string(std::to_string(decision.draw));
  if (asks.keys) member(json, "key", principal.key_name);
  member(json, "labels", envelope.labels);
  if (envelope.max_tokens) json.key("max_tokens").number(std::int64_t{*envelope.max_tokens});
  json.key("model").string(model.name);
  if (envelope.needs != Needs{}) {
    json.key("needs").begin_array();
    for (const NamedNeed& need : named_needs) {
      if (envelope.needs.*need.at) json.string(need.name);
    }
    json.end_array();
  }
  if (asks.persons) member(json, "person", envelope.subject);
  member(json, "policies", envelope.policies);
  if (envelope.preferences) {
    json.key("preferences");
    write(json, *envelope.preferences);
  }
  if (asks.projects) member(json, "project", principal.project_name);
  json.key("prompt_bytes").number(static_cast<std::int64_t>(envelope.prompt_bytes));
  json.key("strategy").string(to_string(decision.strategy));
  if (asks.tenants) member(json, "tenant", principal.tenant_name);
  json.end_object();
  return out;
}

std::vector<std::string> candidate_texts(const Decision& decision) {
  std::vector<std::string> out(decision.verdicts.size());
  std::int64_t rank = 0;
  for (const Verdict& verdict : decision.verdicts) {
    std::string& text = out[verdict.place];
    text.reserve(256);
    JsonWriter json(text);
    json.begin_object().key("deployment").string(verdict.deployment);
    member(json, "facts", verdict.facts);
    if (verdict.first_token) json.key("first_token_us").number(std::int64_t{verdict.first_token->count()});
    member(json, "grounds", verdict.grounds);
    if (verdict.allowed) json.key("rank").number(++rank);
    member(json, "reason", verdict.reason);
    json.key("rule").string(verdict.rule);
    member(json, "terms", verdict.terms);
    if (verdict.tried) json.key("tried").string(to_string(verdict.tried->how));
    json.key("verdict").string(verdict.allowed ? "allowed" : "rejected");
    if (verdict.tried) member(json, "why", verdict.tried->why);
    json.end_object();
  }
  return out;
}

std::string decision_text(const Decision& decision, std::string_view question, std::size_t candidates,
                          const Digest& root) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("applied").begin_array();
  for (const std::string& name : decision.applied_names) json.string(name);
  json.end_array().key("candidates").begin_object();
  json.key("count").number(static_cast<std::int64_t>(candidates)).key("root").string(to_base64(root)).end_object();
  json.key("policies").string(decision.policies);
  if (!question.empty()) json.key("question").raw(question);
  json.key("version").number(decision_version).end_object();
  return out;
}

Result<Question> read_question(std::string_view text, std::string asked) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  Fields fields(json, "question");
  Question question;
  read(fields, question);
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  question.envelope.model = std::move(asked);
  return question;
}

Result<RecordedCandidate> read_candidate(std::string_view text) {
  TRY_ASSIGN(wire::Json json, wire::parse_json(text));
  Fields fields(json, "candidate");
  RecordedCandidate out;
  out.deployment = fields.required_text("deployment");
  out.facts = fields.text("facts").value_or("");
  if (auto time = fields.integer("first_token_us", -most, most)) out.first_token = std::chrono::microseconds(*time);
  (void)fields.text("grounds");
  (void)fields.integer("rank", 1, most);
  out.reason = fields.text("reason").value_or("");
  out.rule = fields.required_text("rule");
  out.terms = fields.text("terms").value_or("");
  if (fields.any("tried")) {
    using How = Verdict::Tried::How;
    How how = one_of(fields, "tried", {How::failed, How::refused, How::slow});
    out.tried = {.how = how, .why = fields.text("why").value_or("")};
  }
  out.allowed = fields.required_text("verdict") == "allowed";
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return out;
}

}  // namespace entente::policy
