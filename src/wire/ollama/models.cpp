#include "wire/ollama/models.hpp"

#include <format>
#include <utility>

#include "wire/fields.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"

namespace entente::wire {

namespace {

// "135M", "7.2B"; empty: not known.
std::string in_words(std::uint64_t parameters) {
  if (parameters == 0) return {};
  double millions = static_cast<double>(parameters) / 1e6;
  if (millions < 1) return std::format("{:.2f}M", millions);
  return millions < 1000 ? std::format("{:.0f}M", millions) : std::format("{:.1f}B", millions / 1000);
}

void write_details(JsonWriter& json, const OllamaFile& file = {}) {
  json.key("details").begin_object().key("parent_model").string("");
  json.key("format").string(file.architecture.empty() ? "" : "gguf").key("family").string(file.architecture);
  json.key("families");
  if (file.architecture.empty()) {
    json.null();
  } else {
    json.begin_array().string(file.architecture).end_array();
  }
  json.key("parameter_size").string(in_words(file.parameters));
  json.key("quantization_level").string(file.quantisation).end_object();
}

}  // namespace

std::string without_latest(std::string name) {
  constexpr std::string_view latest = ":latest";
  if (name.ends_with(latest)) name.resize(name.size() - latest.size());
  return name;
}

Result<std::string> decode_ollama_model_name(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  std::string older = body.text("name").value_or("");
  std::string name = read_model_name(body, older);
  body.boolean("verbose");
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  return name;
}

std::string encode_ollama_tags(const Catalogue& catalogue, const OllamaFiles& files) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("models").begin_array();
  for (const Model& model : models_by_every_name(catalogue)) {
    json.begin_object().key("name").string(model.name).key("model").string(model.name);
    json.key("modified_at").string(to_rfc3339(model.created));
    auto file = files.find(model.name);
    if (file != files.end()) {
      json.key("size").number(static_cast<std::int64_t>(file->second.bytes)).key("digest").string(file->second.sha256);
    }
    write_details(json, file == files.end() ? OllamaFile{} : file->second);
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

// Programs size their prompts by "….context_length", and send tools where "capabilities" has them.
std::string encode_ollama_shown(const Model& model, const OllamaFile& file) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("modified_at").string(to_rfc3339(model.created)).key("template").string("");
  if (!file.licence.empty()) json.key("license").string(file.licence);
  write_details(json, file);
  json.key("model_info").begin_object().key("general.basename").string(model.name);
  std::string family = file.architecture.empty() ? "general" : file.architecture;
  if (!file.architecture.empty()) json.key("general.architecture").string(file.architecture);
  if (file.parameters > 0) json.key("general.parameter_count").number(static_cast<std::int64_t>(file.parameters));
  if (file.context_tokens > 0)
    json.key(family + ".context_length").number(static_cast<std::int64_t>(file.context_tokens));
  json.end_object().key("capabilities").begin_array();
  for (const std::string& capability : file.capabilities) json.string(capability);
  json.end_array().end_object();
  return out;
}

Result<OllamaPull> decode_ollama_pull(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  OllamaPull pull;
  std::string older = body.text("name").value_or("");
  pull.model = read_model_name(body, older);
  pull.stream = body.boolean("stream").value_or(true);
  body.boolean("insecure");
  for (std::string_view name : {"username", "password"}) body.text(name);
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  return pull;
}

std::string encode_ollama_pull_line(std::string_view status, std::uint64_t done, std::uint64_t total) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("status").string(status);
  if (total > 0) {
    json.key("total").number(static_cast<std::int64_t>(total)).key("completed").number(static_cast<std::int64_t>(done));
  }
  json.end_object();
  return out + "\n";
}

std::string encode_ollama_pull_failure(std::string_view message) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("error").string(message).end_object();
  return out + "\n";
}

std::string encode_ollama_ps(const std::vector<OllamaResident>& residents, Instant now) {
  constexpr auto for_ever = std::chrono::years(100);  // clients call more than twenty years so
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("models").begin_array();
  for (const OllamaResident& resident : residents) {
    json.begin_object().key("name").string(resident.name).key("model").string(resident.name);
    json.key("size").number(static_cast<std::int64_t>(resident.bytes)).key("digest").string(resident.file.sha256);
    write_details(json, resident.file);
    json.key("expires_at").string(to_rfc3339(resident.expires_at.value_or(now + for_ever)));
    json.key("size_vram").number(static_cast<std::int64_t>(resident.device_bytes));
    json.key("context_length").number(std::int64_t{resident.context_tokens});
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

// Clients ask for the least version of Ollama whose API they need: this is the one whose shapes these are.
std::string encode_ollama_version() {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("version").string("0.12.11").end_object();
  return out;
}

}  // namespace entente::wire
