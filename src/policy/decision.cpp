#include "policy/decision.hpp"

#include "base/json_text.hpp"

namespace entente::policy {

namespace {
constexpr std::string_view allow_all = "allow all";
}

Decision decide(const Envelope&, const Principal&, const Model& model, const Catalogue& catalogue) {
  Decision decision{.policy = std::string(allow_all)};
  for (const std::string& name : model.deployments) {
    auto found = catalogue.deployments.find(name);
    if (found == catalogue.deployments.end()) {
      decision.verdicts.push_back(
          {.deployment = name, .allowed = false, .rule = "known deployment", .reason = "is not configured"});
      continue;
    }
    decision.verdicts.push_back({.deployment = name, .allowed = true, .rule = std::string(allow_all), .reason = {}});
    decision.chosen.push_back(&found->second);
  }
  return decision;
}

std::string to_json(const Decision& decision) {
  std::string out = "{\"policy\":";
  append_json_string(out, decision.policy);
  out += ",\"candidates\":[";
  for (const Verdict& verdict : decision.verdicts) {
    if (out.back() != '[') out += ',';
    out += "{\"deployment\":";
    append_json_string(out, verdict.deployment);
    out += verdict.allowed ? ",\"verdict\":\"allowed\",\"rule\":" : ",\"verdict\":\"rejected\",\"rule\":";
    append_json_string(out, verdict.rule);
    if (!verdict.reason.empty()) {
      out += ",\"reason\":";
      append_json_string(out, verdict.reason);
    }
    out += '}';
  }
  out += "]}";
  return out;
}

}  // namespace entente::policy
