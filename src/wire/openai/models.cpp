#include "wire/openai/models.hpp"

#include "base/clock.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {

void write_model(JsonWriter& json, const Catalogue& catalogue, const Model& model) {
  json.begin_object().key("id").string(model.name).key("object").string("model");
  json.key("created").number(unix_seconds(model.created)).key("owned_by").string(model.owner);
  // Mistral's SDK reads OpenAI's list, and wants to know these two of each.
  json.key("type").string("base").key("capabilities").begin_object();
  json.key("completion_chat").boolean(true).end_object();
  json.key("entente").begin_object().key("deployments").begin_array();
  for (const std::string& name : model.deployments) {
    auto found = catalogue.deployments.find(name);
    if (found == catalogue.deployments.end()) continue;
    const Deployment& deployment = found->second;
    json.begin_object().key("name").string(deployment.name).key("provider").string(deployment.provider);
    json.key("place").string(place_of(deployment.facts)).key("local").boolean(deployment.provider == "local");
    json.end_object();
  }
  json.end_array().end_object().end_object();
}

}  // namespace

std::string encode_model_list(const Catalogue& catalogue) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("object").string("list").key("data").begin_array();
  for (const Model& model : models_by_every_name(catalogue)) write_model(json, catalogue, model);
  json.end_array().end_object();
  return out;
}

std::string encode_model(const Catalogue& catalogue, const Model& model) {
  std::string out;
  JsonWriter json(out);
  write_model(json, catalogue, model);
  return out;
}

}  // namespace entente::wire
