#include "store/sealed_record.hpp"

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"

namespace entente::store {

namespace {

using wire::JsonWriter;

// Amounts as text: a count of nano-units may be larger than a number that every reader holds exactly.
void write_amount(JsonWriter& json, const Money& money) {
  json.begin_object().key("currency").string(money.currency);
  json.key("nano").string(std::to_string(money.nano)).end_object();
}

// The labels stand where the whole record has them.
void write_labels(JsonWriter& json, const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  json.key("decision").begin_object().key("question").begin_object().key("labels").begin_array();
  for (const std::string& label : labels) json.string(label);
  json.end_array().end_object().end_object();
}

void write_who(JsonWriter& json, const Principal& who) {
  json.key("key").string(who.key).key("project").string(who.project).key("tenant").string(who.tenant);
}

}  // namespace

std::string record_of(const Intent& intent) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("asked");
  if (intent.asked) {
    json.string(to_base64(*intent.asked));
  } else {
    json.null();
  }
  json.key("at").string(to_rfc3339(intent.at));
  json.key("attempt").string(intent.attempt);
  json.key("decision").raw(intent.decision.text);
  json.key("deployment").string(intent.deployment);
  json.key("key").string(intent.principal.key);
  json.key("model").string(intent.model);
  json.key("most_tokens").number(intent.most_tokens);
  if (!intent.passed.empty()) {
    json.key("passed").begin_array();
    for (const std::string& name : intent.passed) json.string(name);
    json.end_array();
  }
  json.key("place").string(intent.place);
  json.key("project").string(intent.principal.project);
  json.key("provider").string(intent.provider);
  json.key("request").string(intent.request);
  json.key("reserved");
  write_amount(json, intent.reserved);
  json.key("tenant").string(intent.principal.tenant);
  json.key("work").string(intent.kind).end_object();
  return out;
}

std::string record_of(const Refusal& refusal) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("asked");
  if (refusal.asked) {
    json.string(to_base64(*refusal.asked));
  } else {
    json.null();
  }
  json.key("at").string(to_rfc3339(refusal.at));
  json.key("attempt").string(refusal.refusal);
  json.key("decision").raw(refusal.decision.text);
  json.key("error").string(refusal.error);
  json.key("key").string(refusal.principal.key);
  json.key("model").string(refusal.model);
  json.key("project").string(refusal.principal.project);
  json.key("request").string(refusal.request);
  json.key("tenant").string(refusal.principal.tenant);
  json.key("work").string(refusal.kind).end_object();
  return out;
}

std::string record_of(const Outcome& outcome) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("answer").begin_array();
  for (const ChoiceDigests& choice : outcome.answer) {
    json.begin_object().key("calls").begin_array();
    for (const Digest& call : choice.calls) json.string(to_base64(call));
    json.end_array().key("text").string(to_base64(choice.text)).end_object();
  }
  json.end_array();
  json.key("at").string(to_rfc3339(outcome.at));
  json.key("attempt").string(outcome.attempt);
  if (outcome.body) {
    json.key("body").begin_object().key("bytes").number(outcome.body->bytes);
    json.key("sha256").string(to_base64(outcome.body->sha256)).end_object();
  }
  json.key("cost");
  write_amount(json, outcome.cost);
  json.key("duration_us").number(outcome.duration_us);
  if (outcome.usage.energy_mj) json.key("energy_mj").number(*outcome.usage.energy_mj);
  json.key("error").string(outcome.error);
  json.key("first_token_us").number(outcome.first_token_us);
  if (outcome.peer) {
    json.key("peer").begin_object().key("address").string(outcome.peer->address);
    json.key("name").string(outcome.peer->name).key("spki").string(outcome.peer->spki);
    json.key("tls").string(outcome.peer->tls).end_object();
  }
  json.key("result").string(to_string(outcome.kind));
  json.key("usage").begin_object();
  json.key("cached_tokens").number(outcome.usage.cached_tokens);
  json.key("completion_tokens").number(outcome.usage.completion_tokens);
  json.key("prompt_tokens").number(outcome.usage.prompt_tokens);
  json.key("reasoning_tokens").number(outcome.usage.reasoning_tokens).end_object();
  if (!outcome.weights.empty()) json.key("weights").string(outcome.weights);
  json.end_object();
  return out;
}

std::string counted_of(const Intent& intent) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("attempt").string(intent.attempt);
  write_labels(json, intent.labels);
  json.key("deployment").string(intent.deployment).key("model").string(intent.model);
  json.key("most_tokens").number(intent.most_tokens).key("place").string(intent.place);
  json.key("provider").string(intent.provider).key("reserved");
  write_amount(json, intent.reserved);
  write_who(json, intent.principal);
  json.key("work").string(intent.kind).end_object();
  return out;
}

std::string counted_of(const Outcome& outcome) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("attempt").string(outcome.attempt).key("cost");
  write_amount(json, outcome.cost);
  json.key("duration_us").number(outcome.duration_us).key("error").string(outcome.error);
  json.key("first_token_us").number(outcome.first_token_us).key("result").string(to_string(outcome.kind)).end_object();
  return out;
}

std::string counted_of(const Refusal& refusal) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("attempt").string(refusal.refusal);
  write_labels(json, refusal.labels);
  json.key("error").string(refusal.reason).key("model").string(refusal.model);
  write_who(json, refusal.principal);
  json.key("work").string(refusal.kind).end_object();
  return out;
}

}  // namespace entente::store
