#include "policy/decision.hpp"

#include <algorithm>
#include <format>
#include <iterator>

#include "base/json_text.hpp"
#include "policy/ordering.hpp"

namespace entente::policy {

namespace {
constexpr std::string_view allow_all = "allow all";

// Fewer bytes than this make a token in no language that we know of: what does not fit by this measure does not fit.
constexpr std::uint64_t most_bytes_of_a_token = 8;

std::optional<Verdict> what_it_lacks(const Deployment& deployment, const Envelope& envelope) {
  auto lacks = [&](std::string_view rule, std::string reason) {
    return Verdict{
        .deployment = deployment.name, .allowed = false, .rule = std::string(rule), .reason = std::move(reason)};
  };
  if (const auto& can = deployment.capabilities) {
    if (envelope.needs.tools && !can->tools) return lacks("capabilities", "cannot call tools");
    if (envelope.needs.schema && !can->schema) return lacks("capabilities", "cannot keep to a schema");
    if (envelope.needs.vision && !can->vision) return lacks("capabilities", "cannot see images");
  }
  std::uint64_t least = envelope.prompt_bytes / most_bytes_of_a_token + envelope.max_tokens.value_or(1);
  if (deployment.context_tokens > 0 && least > deployment.context_tokens)
    return lacks("context", std::format("holds {} tokens", deployment.context_tokens));
  return std::nullopt;
}

}  // namespace

Decision decide(const Envelope& envelope, const Principal&, const Model& model, const Catalogue& catalogue,
                const Circumstances& circumstances) {
  Decision decision{.policy = std::string(allow_all), .verdicts = {}, .chosen = {}};
  std::vector<Verdict> rejected;
  for (const std::string& name : model.deployments) {
    auto found = catalogue.deployments.find(name);
    if (found == catalogue.deployments.end()) {
      rejected.push_back(
          {.deployment = name, .allowed = false, .rule = "known deployment", .reason = "is not configured"});
    } else if (auto lacks = what_it_lacks(found->second, envelope)) {
      rejected.push_back(std::move(*lacks));
    } else {
      decision.chosen.push_back(&found->second);
    }
  }
  order(decision.chosen, model.strategy, envelope, circumstances);
  for (const Deployment* chosen : decision.chosen) {
    decision.verdicts.push_back(
        {.deployment = chosen->name, .allowed = true, .rule = std::string(allow_all), .reason = {}});
  }
  std::ranges::move(rejected, std::back_inserter(decision.verdicts));
  return decision;
}

void note_failure(Decision& decision, const Deployment& deployment, const Error& error, bool sent) {
  auto verdict = std::ranges::find(decision.verdicts, deployment.name, &Verdict::deployment);
  if (verdict == decision.verdicts.end()) return;
  verdict->allowed = false;
  verdict->rule = sent ? "failed" : "refused";
  verdict->reason = error.reason.empty() ? std::string(to_string(error.code)) : error.reason;
}

std::string to_json(const Decision& decision) {
  std::string out = "{\"candidates\":[";
  for (const Verdict& verdict : decision.verdicts) {
    if (out.back() != '[') out += ',';
    out += "{\"deployment\":";
    append_json_string(out, verdict.deployment);
    if (!verdict.reason.empty()) {
      out += ",\"reason\":";
      append_json_string(out, verdict.reason);
    }
    out += ",\"rule\":";
    append_json_string(out, verdict.rule);
    out += verdict.allowed ? R"(,"verdict":"allowed"})" : R"(,"verdict":"rejected"})";
  }
  out += "],\"policy\":";
  append_json_string(out, decision.policy);
  out += '}';
  return out;
}

}  // namespace entente::policy
