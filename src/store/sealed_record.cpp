#include "store/sealed_record.hpp"

#include "audit/canonical_json.hpp"
#include "base/encoding.hpp"
#include "base/result.hpp"
#include "wire/json.hpp"

namespace entente::store {

namespace {

using wire::Json;

Json text(std::string_view value) { return {.value = std::string(value)}; }
Json hash(const Digest& digest) { return {.value = to_base64(digest)}; }
Json number(std::int64_t value) { return {.value = value}; }

// Amounts as text: a count of nano-units may be larger than a number that every reader holds exactly.
Json amount(const Money& money) {
  return {.value = Json::Object{{"currency", text(money.currency)}, {"nano", text(std::to_string(money.nano))}}};
}

}  // namespace

Result<std::string> record_of(const Intent& intent) {
  TRY_ASSIGN(Json decision, wire::parse_json(intent.decision));
  return audit::canonical_json({.value = Json::Object{{"asked", intent.asked ? hash(*intent.asked) : Json{}},
                                                      {"at", text(to_rfc3339(intent.at))},
                                                      {"attempt", text(intent.attempt)},
                                                      {"decision", std::move(decision)},
                                                      {"deployment", text(intent.deployment)},
                                                      {"key", text(intent.principal.key)},
                                                      {"model", text(intent.model)},
                                                      {"most_tokens", number(intent.most_tokens)},
                                                      {"place", text(intent.place)},
                                                      {"project", text(intent.principal.project)},
                                                      {"provider", text(intent.provider)},
                                                      {"request", text(intent.request)},
                                                      {"reserved", amount(intent.reserved)},
                                                      {"tenant", text(intent.principal.tenant)},
                                                      {"work", text(intent.kind)}}});
}

Result<std::string> record_of(const Outcome& outcome) {
  const Usage& used = outcome.usage;
  Json usage{.value = Json::Object{{"cached_tokens", number(used.cached_tokens)},
                                   {"completion_tokens", number(used.completion_tokens)},
                                   {"prompt_tokens", number(used.prompt_tokens)},
                                   {"reasoning_tokens", number(used.reasoning_tokens)}}};
  Json::Array answer;
  for (const ChoiceDigests& choice : outcome.answer) {
    Json::Array calls;
    for (const Digest& call : choice.calls) calls.push_back(hash(call));
    answer.push_back({.value = Json::Object{{"calls", {.value = std::move(calls)}}, {"text", hash(choice.text)}}});
  }
  return audit::canonical_json({.value = Json::Object{{"answer", {.value = std::move(answer)}},
                                                      {"at", text(to_rfc3339(outcome.at))},
                                                      {"attempt", text(outcome.attempt)},
                                                      {"cost", amount(outcome.cost)},
                                                      {"duration_us", number(outcome.duration_us)},
                                                      {"error", text(outcome.error)},
                                                      {"first_token_us", number(outcome.first_token_us)},
                                                      {"result", text(to_string(outcome.kind))},
                                                      {"usage", std::move(usage)}}});
}

}  // namespace entente::store
