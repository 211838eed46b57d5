#include "app/shown/route_json.hpp"

#include <algorithm>

#include "wire/json_writer.hpp"

namespace entente::app {

std::string route_as_json(const Model& model, const policy::Decision& decision,
                          const std::vector<gateway::DeploymentNow>& now) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("model").string(model.name).key("strategy").string(to_string(model.strategy));
  json.key("policies").begin_array();
  for (const std::string& name : decision.applied_names) json.string(name);
  json.end_array().key("candidates").begin_array();
  for (const policy::Verdict& verdict : decision.verdicts) {
    json.begin_object().key("deployment").string(verdict.deployment).key("allowed").boolean(verdict.allowed);
    json.key("rule").string(verdict.rule);
    if (!verdict.reason.empty()) json.key("reason").string(verdict.reason);
    if (!verdict.grounds.empty()) json.key("grounds").string(verdict.grounds);
    auto known = std::ranges::find(now, verdict.deployment, [](const auto& one) { return one.deployment->name; });
    if (known != now.end()) {
      json.key("provider").string(known->deployment->provider);
      json.key("place").string(place_of(known->deployment->facts));
      if (known->health) json.key("usable").boolean(known->health->usable());
      if (known->first_token) json.key("first_token_ms").number(static_cast<double>(known->first_token->count()) / 1e3);
    }
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace entente::app
