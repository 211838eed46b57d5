#include "wire/anthropic/models.hpp"

#include "base/clock.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {
void write_model(JsonWriter& json, const Model& model) {
  json.begin_object().key("type").string("model").key("id").string(model.name);
  json.key("display_name").string(model.name).key("created_at").string(to_rfc3339(model.created));
  json.key("lifecycle").string("active").end_object();
}
}  // namespace

std::string encode_anthropic_model_list(const Catalogue& catalogue) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("data").begin_array();
  std::vector<Model> models = models_by_every_name(catalogue);
  for (const Model& model : models) write_model(json, model);
  json.end_array().key("has_more").boolean(false);
  auto id = [&](std::string_view key, const std::string* name) {
    json.key(key);
    name ? json.string(*name) : json.null();
  };
  id("first_id", models.empty() ? nullptr : &models.front().name);
  id("last_id", models.empty() ? nullptr : &models.back().name);
  json.end_object();
  return out;
}

std::string encode_anthropic_model(const Model& model) {
  std::string out;
  JsonWriter json(out);
  write_model(json, model);
  return out;
}

}  // namespace entente::wire
