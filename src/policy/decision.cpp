#include "policy/decision.hpp"

#include <algorithm>
#include <format>
#include <iterator>

#include "policy/needs.hpp"
#include "policy/ordering.hpp"
#include "policy/preferences.hpp"

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

Verdict rejection(const std::string& deployment, std::size_t place, const Rulebook::Judged* judged,
                  std::string_view rule, std::string_view reason) {
  return {.deployment = deployment,
          .allowed = false,
          .rule = std::string(rule),
          .reason = std::string(reason),
          .facts = judged ? std::string_view(judged->facts) : "",
          .terms = judged ? std::string_view(judged->terms) : "",
          .grounds = {},
          .place = static_cast<std::uint32_t>(place)};
}

std::string grounds_for(const Rulebook::Judged& judged, auto applies) {
  std::string grounds;
  for (const auto& [policy, given] : judged.grounds) {
    if (applies(policy)) grounds += (grounds.empty() ? "" : ", ") + given;
  }
  return grounds;
}

}  // namespace

std::string_view lacking(const Deployment& deployment, const Needs& needs) {
  const auto& can = deployment.capabilities;
  if (!can) return {};
  for (const NamedNeed& need : named_needs) {
    if (needs.*need.at && !((*can).*need.at)) return need.lack;
  }
  return {};
}

Decision decide(const Envelope& envelope, const Principal& principal, const Model& model, const Rulebook& rulebook,
                const Circumstances& circumstances) {
  Decision decision{.policies = rulebook.hash(),
                    .applied = rulebook.applying(envelope, principal, model.name),
                    .applied_names = {},
                    .verdicts = {},
                    .chosen = {},
                    .strategy = strategy_for(model, envelope),
                    .draw = circumstances.draw};
  std::string met;  // what allows whoever is allowed
  for (std::uint32_t number : decision.applied) {
    decision.applied_names.push_back(rulebook.policy(number).name);
    met += (met.empty() ? "" : ", ") + decision.applied_names.back();
  }
  if (met.empty()) met = allow_all;
  auto applies = [&](std::uint32_t policy) { return std::ranges::binary_search(decision.applied, policy); };

  std::vector<Verdict> rejected;
  std::vector<Candidate> allowed;
  for (std::size_t place = 0; place < model.deployments.size(); ++place) {
    const std::string& name = model.deployments[place];
    const Rulebook::Judged* judged = rulebook.judged(name);
    auto reject = [&](std::string_view rule, std::string_view reason) {
      rejected.push_back(rejection(name, place, judged, rule, reason));
    };
    if (!judged) {
      reject("known deployment", "is not configured");
      continue;
    }
    const Deployment& deployment = *judged->deployment;
    auto failed = std::ranges::find_if(judged->failures, applies, &Rulebook::Failure::policy);
    if (failed != judged->failures.end()) {
      reject(failed->rule, failed->reason);
    } else if (auto lacks = what_it_lacks(deployment, envelope)) {
      reject(lacks->rule, lacks->reason);
    } else if (auto why = envelope.preferences ? unwanted(*envelope.preferences, deployment, rulebook.today())
                                               : std::nullopt) {
      reject(preference_rule, *why);
    } else {
      allowed.push_back({.deployment = &deployment, .judged = judged, .place = static_cast<std::uint32_t>(place)});
    }
  }
  order(allowed, decision.strategy, envelope, circumstances);
  auto unmet = [&](const Candidate& one) { return std::ranges::count_if(one.judged->unmet, applies); };
  if (!decision.applied.empty()) std::ranges::stable_sort(allowed, {}, unmet);
  if (envelope.preferences) {
    for (const Candidate& one : prefer(*envelope.preferences, allowed)) {
      rejected.push_back(rejection(one.deployment->name, one.place, one.judged, preference_rule,
                                   "is no fallback that the request allows"));
      rejected.back().first_token = one.first_token;
    }
  }
  decision.verdicts.reserve(model.deployments.size());
  decision.chosen.reserve(allowed.size());
  for (const Candidate& one : allowed) {
    decision.chosen.push_back(one.deployment);
    decision.verdicts.push_back({.deployment = one.deployment->name,
                                 .allowed = true,
                                 .rule = met,
                                 .reason = {},
                                 .facts = one.judged->facts,
                                 .terms = one.judged->terms,
                                 .grounds = grounds_for(*one.judged, applies),
                                 .place = one.place,
                                 .first_token = one.first_token});
  }
  std::ranges::move(rejected, std::back_inserter(decision.verdicts));
  return decision;
}

void note_failure(Decision& decision, std::string_view deployment, const Error& error, bool sent) {
  auto verdict = std::ranges::find(decision.verdicts, deployment, &Verdict::deployment);
  if (verdict == decision.verdicts.end()) return;
  verdict->tried = Verdict::Tried{.how = sent ? Verdict::Tried::How::failed : Verdict::Tried::How::refused,
                                  .why = error.reason.empty() ? std::string(to_string(error.code)) : error.reason};
}

void note_slow(Decision& decision, std::string_view deployment) {
  auto verdict = std::ranges::find(decision.verdicts, deployment, &Verdict::deployment);
  if (verdict != decision.verdicts.end()) verdict->tried = Verdict::Tried{.how = Verdict::Tried::How::slow, .why = {}};
}

std::string_view to_string(Verdict::Tried::How how) {
  switch (how) {
    case Verdict::Tried::How::failed: return "failed";
    case Verdict::Tried::How::refused: return "refused";
    case Verdict::Tried::How::slow: return "slow";
  }
  return "failed";
}

}  // namespace entente::policy
