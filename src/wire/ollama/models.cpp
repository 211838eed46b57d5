#include "wire/ollama/models.hpp"

#include "base/clock.hpp"
#include "wire/fields.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"

namespace entente::wire {

namespace {

void write_details(JsonWriter& json) {
  json.key("details").begin_object();
  for (std::string_view name : {"parent_model", "format", "family"}) json.key(name).string("");
  json.key("families").null();
  for (std::string_view name : {"parameter_size", "quantization_level"}) json.key(name).string("");
  json.end_object();
}

}  // namespace

Result<std::string> decode_ollama_model_name(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  std::string older = body.text("name").value_or("");
  std::string name = read_model_name(body, older);
  body.boolean("verbose");
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  constexpr std::string_view latest = ":latest";
  if (name.ends_with(latest)) name.resize(name.size() - latest.size());
  return name;
}

std::string encode_ollama_tags(const Catalogue& catalogue) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("models").begin_array();
  for (const Model& model : models_by_every_name(catalogue)) {
    json.begin_object().key("name").string(model.name).key("model").string(model.name);
    json.key("modified_at").string(to_rfc3339(model.created));
    write_details(json);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

std::string encode_ollama_shown(const Model& model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("modified_at").string(to_rfc3339(model.created)).key("template").string("");
  write_details(json);
  json.key("model_info").begin_object().key("general.basename").string(model.name).end_object();
  json.key("capabilities").begin_array().string("completion").string("tools").end_array().end_object();
  return out;
}

std::string encode_ollama_ps(const std::vector<OllamaResident>& residents) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("models").begin_array();
  for (const OllamaResident& resident : residents) {
    json.begin_object().key("name").string(resident.name).key("model").string(resident.name);
    json.key("size").number(static_cast<std::int64_t>(resident.bytes));
    json.key("context_length").number(std::int64_t{resident.context_tokens});
    write_details(json);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

// Clients ask for the least version of Ollama whose API they need: this is the one whose shapes these are.
std::string encode_ollama_version() {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("version").string("0.12.0").end_object();
  return out;
}

}  // namespace entente::wire
