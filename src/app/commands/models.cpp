#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/commands/model_output.hpp"
#include "app/paths.hpp"
#include "app/reports/layout_report.hpp"
#include "app/terminal/output.hpp"
#include "models/gguf.hpp"
#include "models/model_store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

Result<models::ModelStore> open_models(const Common& common) {
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  return models::ModelStore(models_dir(loaded.config));
}

std::string in_words(const RecommendedSampling& sampling) {
  std::string out;
  if (sampling.temperature) out = std::format("temperature {}", *sampling.temperature);
  if (sampling.top_p) out += std::format("{}top_p {}", out.empty() ? "" : ", ", *sampling.top_p);
  return out;
}

}  // namespace

void write_model(wire::JsonWriter& json, const models::Installed& model) {
  json.key("name")
      .string(model.name)
      .key("bytes")
      .number(static_cast<std::int64_t>(model.bytes))
      .key("sha256")
      .string(model.sha256);
  json.key("maker").string(model.maker).key("licence").string(model.licence).key("source").string(model.source);
  json.key("added").string(to_rfc3339(model.added)).key("path").string(model.path.string());
}

void print_model_json(const models::Installed& model) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  write_model(json, model);
  json.end_object();
  std::printf("%s\n", out.c_str());
}

void say_installed(const models::Installed& model) {
  std::printf("%s is installed (%s). `entente run %s` talks to it.\n", model.name.c_str(),
              in_words(model.bytes).c_str(), model.name.c_str());
}

int models_list(const Common& common) {
  auto models = [&]() -> Result<std::vector<models::Installed>> {
    TRY_ASSIGN(models::ModelStore store, open_models(common));
    return store.list();
  }();
  if (!models) return report(models.error(), common.json);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const auto& model : *models) {
      json.begin_object();
      write_model(json, model);
      json.end_object();
    }
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  if (models->empty()) {
    std::printf(
        "No model is installed. `entente models pull NAME` or `entente models import FILE --name NAME` brings one.\n");
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& model : *models) {
    rows.push_back({model.name, in_words(model.bytes), model.maker.empty() ? "–" : model.maker,
                    model.licence.empty() ? "–" : model.licence, to_rfc3339(model.added).substr(0, 10)});
  }
  print_table({"NAME", "SIZE", "MAKER", "LICENCE", "ADDED"}, rows);
  return 0;
}

int models_import(const Common& common, const std::filesystem::path& file, const std::string& name) {
  auto installed = [&]() -> Result<models::Installed> {
    TRY_ASSIGN(models::ModelStore store, open_models(common));
    ProgressBar bar(std::format("Checking {}", file.filename().string()));
    return store.import_file(file, name, std::filesystem::absolute(file).string(), {},
                             [&](std::uint64_t done, std::uint64_t total) { bar.show(done, total); });
  }();
  if (!installed) return report(installed.error(), common.json);
  common.json ? print_model_json(*installed) : say_installed(*installed);
  return 0;
}

int models_show(const Common& common, const std::string& name) {
  models::GgufInfo info;
  auto found = [&]() -> Result<models::Installed> {
    TRY_ASSIGN(models::ModelStore store, open_models(common));
    TRY_ASSIGN(models::Installed model, store.find(name));
    TRY_ASSIGN(info, models::inspect_gguf(model.path));
    return model;
  }();
  if (!found) return report(found.error(), common.json);
  std::vector<KernelShare> shares = kernel_shares(info);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object();
    write_model(json, *found);
    json.key("architecture").string(info.architecture).key("quantisation").string(info.quantisation);
    json.key("parameters")
        .number(static_cast<std::int64_t>(info.parameters))
        .key("context_tokens")
        .number(static_cast<std::int64_t>(info.context_tokens));
    json.key("chat_template").boolean(info.has_chat_template).key("made_from").string(found->made_from);
    json.key("recommended_sampling").begin_object();
    if (found->sampling.temperature) json.key("temperature").number(*found->sampling.temperature);
    if (found->sampling.top_p) json.key("top_p").number(*found->sampling.top_p);
    json.end_object();
    json.key("kernels").begin_array();
    for (const KernelShare& part : shares) {
      json.begin_object().key("packing").string(part.kernels.packing).key("share").number(part.share);
      json.key("special").string(part.kernels.special).end_object();
    }
    json.end_array().end_object();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  auto or_dash = [](const std::string& text) { return text.empty() ? std::string("–") : text; };
  print_table({found->name, ""},
              {{"maker", or_dash(found->maker)},
               {"licence", or_dash(found->licence)},
               {"architecture", info.architecture},
               {"quantisation", or_dash(info.quantisation)},
               {"kernels here", in_words(shares)},
               {"recommended", or_dash(in_words(found->sampling))},
               {"parameters", std::format("{:.0f} million", static_cast<double>(info.parameters) / 1e6)},
               {"context", std::format("{} tokens", info.context_tokens)},
               {"chat template", info.has_chat_template ? "yes" : "no"},
               {"size", in_words(found->bytes)},
               {"sha256", found->sha256},
               {"source", or_dash(found->source)},
               {"file", found->path.string()}});
  return 0;
}

int models_remove(const Common& common, const std::string& name) {
  auto removed = [&]() -> Result<> {
    TRY_ASSIGN(models::ModelStore store, open_models(common));
    return store.remove(name);
  }();
  if (!removed) return report(removed.error(), common.json);
  std::printf(common.json ? "{\"removed\":true}\n" : "Removed.\n");
  return 0;
}

}  // namespace entente::app
