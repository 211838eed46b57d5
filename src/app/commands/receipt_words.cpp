// What one attempt of a receipt says, for a person.
#include <algorithm>
#include <cstdio>
#include <format>
#include <vector>

#include "app/commands/verify.hpp"
#include "app/reports/json_members.hpp"
#include "audit/receipts/receipt.hpp"
#include "wire/json.hpp"

namespace entente::app {

namespace {

using wire::Json;

// Those that the receipt discloses; in the order in which they were to be asked, then the rejected.
std::vector<Json> candidates_in(const audit::ReceiptAttempt& attempt, const Json& decision) {
  std::vector<Json> all;
  for (const audit::Opened& one : attempt.candidates) {
    if (auto candidate = wire::parse_json(one.text)) all.push_back(*std::move(candidate));
  }
  if (const Json::Array* in_clear = decision.array("candidates")) all = *in_clear;
  std::ranges::stable_sort(all, {}, [](const Json& one) {
    std::int64_t rank = whole_of(one, "rank");
    return rank > 0 ? rank : INT64_MAX;
  });
  return all;
}

// The chosen candidate's rule, who was asked before it, and whom a rule rejected.
void print_decision(const audit::ReceiptAttempt& attempt, const Json& decision, std::string_view chosen) {
  std::vector<Json> candidates = candidates_in(attempt, decision);
  for (const Json& one : candidates) {
    std::string name = text_of(one, "deployment"), grounds = text_of(one, "grounds"), tried = text_of(one, "tried");
    if (name == chosen) {
      std::printf("  rule       %s%s\n", text_of(one, "rule").c_str(),
                  grounds.empty() ? "" : std::format(", by {}", grounds).c_str());
    } else if (!tried.empty()) {
      std::string why = text_of(one, "why");
      std::printf("  before     %s was asked: %s%s\n", name.c_str(), tried.c_str(),
                  why.empty() ? "" : std::format(" ({})", why).c_str());
    } else if (text_of(one, "verdict") == "rejected") {
      std::printf("  not to     %s: %s (%s)\n", name.c_str(), text_of(one, "reason").c_str(),
                  text_of(one, "rule").c_str());
    }
  }
  auto all = audit::candidates_of(attempt);
  if (all && all->size > candidates.size())
    std::printf("  withheld   %zu of %llu candidates\n", static_cast<std::size_t>(all->size - candidates.size()),
                static_cast<unsigned long long>(all->size));
}

}  // namespace

void print_attempt(const audit::ReceiptAttempt& attempt) {
  auto intent = wire::parse_json(attempt.intent.record);
  if (!intent) return;
  const Json* decision = intent->find("decision");
  if (std::string refused = text_of(*intent, "error"); !refused.empty()) {
    std::printf("%s  refused, nothing was sent: %s\n", text_of(*intent, "at").c_str(), refused.c_str());
    if (decision) print_decision(attempt, *decision, "");
    return;
  }
  std::string deployment = text_of(*intent, "deployment"), provider = text_of(*intent, "provider");
  std::printf("%s  sent to %s (provider %s, %s)\n", text_of(*intent, "at").c_str(), deployment.c_str(),
              provider.c_str(), text_of(*intent, "place").c_str());
  if (decision) print_decision(attempt, *decision, deployment);
  if (!attempt.outcome) {
    std::printf("  outcome    none yet\n");
    return;
  }
  auto outcome = wire::parse_json(attempt.outcome->record);
  if (!outcome) return;
  if (const Json* peer = outcome->find("peer")) {
    std::string tls = text_of(*peer, "tls"), spki = text_of(*peer, "spki");
    std::printf("  reached    %s at %s%s\n", text_of(*peer, "name").c_str(), text_of(*peer, "address").c_str(),
                tls.empty() ? ", without TLS" : std::format(", {}, public key sha256/{}", tls, spki).c_str());
  }
  if (std::string weights = text_of(*outcome, "weights"); !weights.empty())
    std::printf("  weights    sha256 %s\n", weights.c_str());
  if (outcome->find("energy_mj"))
    std::printf("  energy     %.1f J of this machine's processors\n",
                static_cast<double>(whole_of(*outcome, "energy_mj")) / 1e3);
  const Json* usage = outcome->find("usage");
  auto tokens = [&](std::string_view name) -> long long { return usage ? whole_of(*usage, name) : 0; };
  std::printf("  outcome    %s%s; %lld tokens read, %lld written\n", text_of(*outcome, "result").c_str(),
              text_of(*outcome, "error").empty() ? "" : (" (" + text_of(*outcome, "error") + ")").c_str(),
              tokens("prompt_tokens"), tokens("completion_tokens"));
}

}  // namespace entente::app
