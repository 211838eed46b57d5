#include "policy/decision.hpp"

#include <algorithm>
#include <format>
#include <iterator>

#include "policy/ordering.hpp"
#include "policy/preferences.hpp"
#include "wire/json_writer.hpp"

namespace entente::policy {

namespace {
constexpr std::string_view allow_all = "allow all";

// Fewer bytes than this make a token in no language that we know of: what does not fit by this measure does not fit.
constexpr std::uint64_t most_bytes_of_a_token = 8;

struct Lack {
  std::string_view rule;
  std::string reason;
};

std::optional<Lack> what_it_lacks(const Deployment& deployment, const Envelope& envelope) {
  if (std::string_view lack = lacking(deployment, envelope.needs); !lack.empty())
    return Lack{"capabilities", std::string(lack)};
  std::uint64_t least = envelope.prompt_bytes / most_bytes_of_a_token + envelope.max_tokens.value_or(1);
  if (deployment.context_tokens > 0 && least > deployment.context_tokens)
    return Lack{"context", std::format("holds {} tokens", deployment.context_tokens)};
  return std::nullopt;
}

Strategy strategy_for(const Model& model, const Envelope& envelope) {
  if (!envelope.preferences || !envelope.preferences->sort) return model.strategy;
  return *envelope.preferences->sort == Preferences::Sort::price ? Strategy::price : Strategy::latency;
}

Verdict rejection(const std::string& deployment, std::string_view rule, std::string_view reason,
                  std::string_view facts) {
  return {.deployment = deployment,
          .allowed = false,
          .rule = std::string(rule),
          .reason = std::string(reason),
          .facts = std::string(facts),
          .grounds = {}};
}

}  // namespace

std::string_view lacking(const Deployment& deployment, const Needs& needs) {
  const auto& can = deployment.capabilities;
  if (!can) return {};
  if (needs.tools && !can->tools) return "cannot call tools";
  if (needs.schema && !can->schema) return "cannot keep to a schema";
  if (needs.vision && !can->vision) return "cannot see images";
  if (needs.images && !can->images) return "makes no images";
  if (needs.transcription && !can->transcription) return "writes no speech down";
  if (needs.speech && !can->speech) return "does not speak";
  if (needs.moderation && !can->moderation) return "judges no texts";
  return {};
}

Decision decide(const Envelope& envelope, const Principal& principal, const Model& model, const Rulebook& rulebook,
                const Circumstances& circumstances) {
  Decision decision{.policies = rulebook.hash(),
                    .applied = rulebook.applying(envelope, principal, model.name),
                    .applied_names = {},
                    .verdicts = {},
                    .chosen = {}};
  std::string met;  // what allows whoever is allowed
  for (std::uint32_t number : decision.applied) {
    decision.applied_names.push_back(rulebook.policy(number).name);
    met += (met.empty() ? "" : ", ") + decision.applied_names.back();
  }
  if (met.empty()) met = allow_all;
  auto applies = [&](std::uint32_t policy) { return std::ranges::binary_search(decision.applied, policy); };

  std::vector<Verdict> rejected;
  for (const std::string& name : model.deployments) {
    const Rulebook::Judged* judged = rulebook.judged(name);
    if (!judged) {
      rejected.push_back(rejection(name, "known deployment", "is not configured", ""));
      continue;
    }
    const Deployment& deployment = rulebook.catalogue().deployments.find(name)->second;
    auto failed = std::ranges::find_if(judged->failures, applies, &Rulebook::Failure::policy);
    if (failed != judged->failures.end()) {
      rejected.push_back(rejection(name, failed->rule, failed->reason, judged->facts));
    } else if (auto lacks = what_it_lacks(deployment, envelope)) {
      rejected.push_back(rejection(name, lacks->rule, lacks->reason, judged->facts));
    } else if (auto why = envelope.preferences ? unwanted(*envelope.preferences, deployment, rulebook.today())
                                               : std::nullopt) {
      rejected.push_back(rejection(name, preference_rule, *why, judged->facts));
    } else {
      decision.chosen.push_back(&deployment);
    }
  }
  order(decision.chosen, strategy_for(model, envelope), envelope, circumstances);
  auto unmet = [&](const Deployment* one) { return std::ranges::count_if(rulebook.judged(one->name)->unmet, applies); };
  if (!decision.applied.empty()) std::ranges::stable_sort(decision.chosen, {}, unmet);
  if (envelope.preferences) {
    for (const Deployment* one : prefer(*envelope.preferences, decision.chosen)) {
      rejected.push_back(rejection(one->name, preference_rule, "is no fallback that the request allows",
                                   rulebook.judged(one->name)->facts));
    }
  }
  for (const Deployment* chosen : decision.chosen) {
    const Rulebook::Judged& judged = *rulebook.judged(chosen->name);
    std::string grounds;
    for (const auto& [policy, given] : judged.grounds) {
      if (applies(policy)) grounds += (grounds.empty() ? "" : ", ") + given;
    }
    decision.verdicts.push_back({.deployment = chosen->name,
                                 .allowed = true,
                                 .rule = met,
                                 .reason = {},
                                 .facts = judged.facts,
                                 .grounds = std::move(grounds)});
  }
  std::ranges::move(rejected, std::back_inserter(decision.verdicts));
  return decision;
}

void note_failure(Decision& decision, std::string_view deployment, const Error& error, bool sent) {
  auto verdict = std::ranges::find(decision.verdicts, deployment, &Verdict::deployment);
  if (verdict == decision.verdicts.end()) return;
  verdict->allowed = false;
  verdict->rule = sent ? "failed" : "refused";
  verdict->reason = error.reason.empty() ? std::string(to_string(error.code)) : error.reason;
}

std::string to_json(const Decision& decision) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("applied").begin_array();
  for (const std::string& name : decision.applied_names) json.string(name);
  json.end_array().key("candidates").begin_array();
  for (const Verdict& verdict : decision.verdicts) {
    json.begin_object().key("deployment").string(verdict.deployment);
    if (!verdict.facts.empty()) json.key("facts").string(verdict.facts);
    if (!verdict.grounds.empty()) json.key("grounds").string(verdict.grounds);
    if (!verdict.reason.empty()) json.key("reason").string(verdict.reason);
    json.key("rule").string(verdict.rule);
    json.key("verdict").string(verdict.allowed ? "allowed" : "rejected").end_object();
  }
  json.end_array().key("policies").string(decision.policies).end_object();
  return out;
}

}  // namespace entente::policy
