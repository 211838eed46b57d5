#include "policy/replay.hpp"

#include <algorithm>
#include <format>

#include "policy/read_text.hpp"
#include "policy/text.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::policy {

namespace {

std::unexpected<Error> cannot(std::string_view why) {
  return fail(ErrorCode::invalid_request, std::format("The decision cannot be run again: {}.", why));
}

std::unexpected<Error> differs(std::string_view what) {
  return fail(ErrorCode::invalid_request, std::format("Run again, the decision comes out differently: {}.", what));
}

// The candidate as the world that decide() sees, from the texts that it names.
Result<> add_deployment(Catalogue& catalogue, const RecordedCandidate& candidate, const DisclosedCandidate& disclosed) {
  if (candidate.facts.empty()) return {};  // there was no such deployment
  if (name_of_text(disclosed.facts) != candidate.facts || name_of_text(disclosed.terms) != candidate.terms)
    return cannot(std::format("the facts or terms of {} are not disclosed", candidate.deployment));
  TRY_ASSIGN(Deployment deployment, read_terms(disclosed.terms));
  TRY_ASSIGN(deployment.facts, read_facts(disclosed.facts));
  deployment.name = candidate.deployment;
  catalogue.deployments.emplace(candidate.deployment, std::move(deployment));
  return {};
}

std::string in_words(const Verdict& verdict, std::size_t rank) {
  return verdict.allowed ? std::format("may take it as number {}, by '{}'", rank, verdict.rule)
                         : std::format("is rejected by '{}', as it {}", verdict.rule, verdict.reason);
}

// Whom the order passed over must have been asked already.
Result<> check_recipient(const DisclosedDecision& disclosed, const Decision& decision) {
  if (disclosed.sent_to.empty()) {
    if (decision.chosen.empty()) return {};
    return differs(std::format("{} might have taken the work that was refused", decision.chosen.front()->name));
  }
  for (const Verdict& verdict : decision.verdicts) {
    if (!verdict.allowed) break;
    if (verdict.deployment == disclosed.sent_to) return {};
    if (!verdict.tried && !std::ranges::contains(disclosed.asked_before, verdict.deployment))
      return differs(std::format("{} comes before {}, and was not asked", verdict.deployment, disclosed.sent_to));
  }
  return differs(std::format("{}, which the work was sent to, may not take it", disclosed.sent_to));
}

struct Inputs {
  Question question;
  std::vector<RecordedCandidate> candidates;
  Rulebook rulebook;
};

Result<Inputs> inputs_of(const DisclosedDecision& disclosed) {
  TRY_ASSIGN(wire::Json decision, wire::parse_json(disclosed.text));
  const std::int64_t* version = decision.integer("version");
  if (!version) return cannot("it is from before decisions were recorded whole");
  if (*version != decision_version)
    return cannot(
        std::format("it is of version {}, and this Entente decides by version {}", *version, decision_version));
  const wire::Json* question_json = decision.find("question");
  if (!question_json) return cannot("it was a test of a deployment, for which nothing is decided");
  const wire::Json* list = decision.find("candidates");
  const std::int64_t* count = list ? list->integer("count") : nullptr;
  if (!count || *count != std::ssize(disclosed.candidates))
    return cannot(
        std::format("the receipt discloses {} of its {} candidates", disclosed.candidates.size(), count ? *count : 0));
  const std::string* policies = decision.text("policies");
  if (!policies || name_of_text(disclosed.policies) != *policies) return cannot("its policies are not disclosed");

  TRY_ASSIGN(Question question, read_question(wire::to_json_text(*question_json), disclosed.model));
  auto catalogue = std::make_shared<Catalogue>();
  std::vector<RecordedCandidate> candidates;
  for (const DisclosedCandidate& one : disclosed.candidates) {
    TRY_ASSIGN(RecordedCandidate candidate, read_candidate(one.text));
    TRY(add_deployment(*catalogue, candidate, one));
    question.model.deployments.push_back(candidate.deployment);
    candidates.push_back(std::move(candidate));
  }
  TRY_ASSIGN(Policies rules, read_policies(disclosed.policies));
  Rulebook rulebook(std::move(catalogue), std::make_shared<const Policies>(std::move(rules)), question.day);
  return Inputs{std::move(question), std::move(candidates), std::move(rulebook)};
}

}  // namespace

Result<> replay(const DisclosedDecision& disclosed) {
  TRY_ASSIGN(Inputs inputs, inputs_of(disclosed));
  const Question& question = inputs.question;
  auto measured = [&](std::string_view name) -> std::optional<std::chrono::microseconds> {
    auto found = std::ranges::find(inputs.candidates, name, &RecordedCandidate::deployment);
    return found == inputs.candidates.end() ? std::nullopt : found->first_token;
  };
  Decision decision = decide(question.envelope, question.principal, question.model, inputs.rulebook,
                             {.draw = question.draw, .first_token = measured});
  for (Verdict& verdict : decision.verdicts) verdict.tried = inputs.candidates[verdict.place].tried;

  TRY_ASSIGN(wire::Json recorded, wire::parse_json(disclosed.text));
  const wire::Json::Array* applied = recorded.array("applied");
  bool same = applied && std::ranges::equal(*applied, decision.applied_names, [](const auto& one, const auto& name) {
                const auto* text = one.template as<std::string>();
                return text && *text == name;
              });
  if (!same) return differs("other policies apply to the work");

  std::vector<std::string> again = candidate_texts(decision);
  std::size_t rank = 0;
  for (const Verdict& verdict : decision.verdicts) {
    if (verdict.allowed) ++rank;
    if (again[verdict.place] == disclosed.candidates[verdict.place].text) continue;
    return differs(std::format("{} {}, and the record says otherwise", verdict.deployment, in_words(verdict, rank)));
  }
  return check_recipient(disclosed, decision);
}

}  // namespace entente::policy
