#include "app/reports/receipt_replay.hpp"

#include <algorithm>
#include <format>

#include "app/reports/json_members.hpp"
#include "policy/replay.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

using wire::Json;

std::string stated(const audit::ReceiptAttempt& attempt, audit::StatementKind kind, std::string_view deployment,
                   std::string_view hash) {
  const std::string* text = audit::stated_text(attempt, kind, deployment, hash);
  return text ? *text : "";
}

policy::DisclosedDecision disclosed(const audit::ReceiptAttempt& attempt, const Json& record, const Json& decision) {
  policy::DisclosedDecision out{
      .text = wire::to_json_text(decision),
      .model = text_of(record, "model"),
      .policies = stated(attempt, audit::StatementKind::policies, "", text_of(decision, "policies")),
      .candidates = {},
      .sent_to = text_of(record, "deployment"),
      .asked_before = {}};
  for (const audit::Opened& one : attempt.candidates) {
    Json json = wire::parse_json(one.text).value_or(Json());
    std::string name = text_of(json, "deployment");
    out.candidates.push_back({.text = one.text,
                              .facts = stated(attempt, audit::StatementKind::facts, name, text_of(json, "facts")),
                              .terms = stated(attempt, audit::StatementKind::terms, name, text_of(json, "terms"))});
  }
  return out;
}

}  // namespace

Result<> replay(const audit::Receipt& receipt) {
  std::vector<std::string> asked_before;
  for (std::size_t i = 0; i < receipt.attempts.size(); ++i) {
    const audit::ReceiptAttempt& attempt = receipt.attempts[i];
    TRY_ASSIGN(Json record, wire::parse_json(attempt.intent.record));
    const Json* decision = record.find("decision");
    if (!decision) return fail(ErrorCode::invalid_request, "The receipt has no decision.");
    policy::DisclosedDecision inputs = disclosed(attempt, record, *decision);
    inputs.asked_before = asked_before;
    if (Result<> same = policy::replay(inputs); !same)
      return fail(ErrorCode::invalid_request, std::format("Attempt {}: {}", i + 1, same.error().message));
    asked_before.push_back(inputs.sent_to);
  }
  return {};
}

}  // namespace entente::app
