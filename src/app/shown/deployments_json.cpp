#include "app/shown/deployments_json.hpp"

#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

void write_health(wire::JsonWriter& json, const providers::HealthNow& health) {
  json.key("usable").boolean(health.usable()).key("breaker").string(to_string(health.breaker));
  json.key("failures").number(std::int64_t{health.failures}).key("rests_ms").number(health.rests.count());
  json.key("running").number(std::int64_t{health.running}).key("waiting").number(std::int64_t{health.waiting});
  json.key("keys").begin_array();
  for (const providers::HealthNow::Key& key : health.keys) {
    json.begin_object().key("refused").boolean(key.refused).key("rests_ms").number(key.rests.count()).end_object();
  }
  json.end_array();
}

}  // namespace

std::string deployments_as_json(const std::vector<gateway::DeploymentNow>& deployments) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("deployments").begin_array();
  for (const gateway::DeploymentNow& now : deployments) {
    const Deployment& deployment = *now.deployment;
    json.begin_object().key("deployment").string(deployment.name).key("provider").string(deployment.provider);
    json.key("model").string(deployment.model).key("place").string(place_of(deployment.facts));
    json.key("most_running").number(std::int64_t{deployment.most_running});
    if (now.health) write_health(json, *now.health);
    if (now.first_token) json.key("first_token_ms").number(static_cast<double>(now.first_token->count()) / 1e3);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace entente::app
