#include "app/reports/simulation.hpp"

#include <algorithm>
#include <format>

#include "app/reports/json_members.hpp"
#include "policy/record.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

using wire::Json;

std::string in_words(std::string_view rule, std::string_view deployment, std::string_view reason) {
  return std::format("{}: {} {}", rule, deployment, reason);
}

constexpr std::string_view no_deployment = "the model has no deployment";

WhoIsAsked who_is_asked(const policy::Decision& decision) {
  WhoIsAsked out;
  for (const Deployment* one : decision.chosen) out.order.push_back(one->name);
  if (!out.order.empty()) return out;
  out.why = no_deployment;
  if (!decision.verdicts.empty()) {
    const policy::Verdict& first = decision.verdicts.front();
    out.why = in_words(first.rule, first.deployment, first.reason);
  }
  return out;
}

// The same from a record, whose candidates stand in the order of the model's list.
Result<WhoIsAsked> who_was_asked(const std::vector<std::string>& candidates) {
  std::map<std::int64_t, std::string> by_rank;
  std::string why;
  for (const std::string& text : candidates) {
    TRY_ASSIGN(Json json, wire::parse_json(text));
    if (const std::int64_t* rank = json.integer("rank")) {
      by_rank.emplace(*rank, text_of(json, "deployment"));
    } else if (why.empty()) {
      why = in_words(text_of(json, "rule"), text_of(json, "deployment"), text_of(json, "reason"));
    }
  }
  WhoIsAsked out;
  for (auto& [rank, name] : by_rank) out.order.push_back(std::move(name));
  if (out.order.empty()) out.why = why.empty() ? no_deployment : why;
  return out;
}

}  // namespace

Simulation::Simulation(std::shared_ptr<const Catalogue> catalogue, std::shared_ptr<const policy::Policies> policies,
                       std::shared_ptr<const labels::Labeller> labeller)
    : catalogue_(std::move(catalogue)), policies_(std::move(policies)), labeller_(std::move(labeller)) {}

const policy::Rulebook& Simulation::book_of(policy::Rulebook::Day day) {
  auto found = books_.find(day);
  if (found == books_.end()) found = books_.emplace(day, policy::Rulebook(catalogue_, policies_, day)).first;
  return found->second;
}

Result<std::optional<Simulated>> Simulation::run(const store::PastDecision& past) {
  TRY_ASSIGN(Json record, wire::parse_json(past.record));
  const Json* decision = record.find("decision");
  const Json* recorded = decision ? decision->find("question") : nullptr;
  if (!recorded) return std::nullopt;
  Simulated out{.request = past.request,
                .at = text_of(record, "at"),
                .model = text_of(record, "model"),
                .before = {},
                .after = {}};
  TRY_ASSIGN(out.before, who_was_asked(past.candidates));
  TRY_ASSIGN(policy::Question question, policy::read_question(wire::to_json_text(*recorded), out.model));
  // The record has names only where a policy of its day asked for them.
  auto fill = [](std::string& name, const std::string& known) {
    if (name.empty()) name = known;
  };
  fill(question.principal.tenant_name, past.tenant);
  fill(question.principal.project_name, past.project);
  fill(question.principal.key_name, past.key);
  labels::add_labels(question.envelope.labels, labeller_->labels_of(question.principal));
  std::map<std::string, std::optional<std::chrono::microseconds>, std::less<>> times;
  for (const std::string& text : past.candidates) {
    TRY_ASSIGN(policy::RecordedCandidate candidate, policy::read_candidate(text));
    times.emplace(candidate.deployment, candidate.first_token);
  }

  const policy::Rulebook& book = book_of(question.day);
  if (book.asks().persons && question.envelope.subject.empty()) ++without_person_;
  const Model* model = find_model(*catalogue_, out.model);
  if (!model) {
    out.after.why = "the model is gone";
    return out;
  }
  // A policy that the client asked for by name and that is gone is a refusal for the client, too.
  if (Result<> known = book.check_names(question.envelope.policies); !known) {
    out.after.why = known.error().message;
    return out;
  }
  auto measured = [&](std::string_view name) -> std::optional<std::chrono::microseconds> {
    auto found = times.find(name);
    return found == times.end() ? std::nullopt : found->second;
  };
  out.after = who_is_asked(policy::decide(question.envelope, question.principal, *model, book,
                                          {.draw = question.draw, .first_token = measured}));
  return out;
}

}  // namespace entente::app
