#include "local/libllama/llama_file.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <utility>

#include "base/log.hpp"
#include "local/libllama/backend.hpp"
#include "local/machine/machine.hpp"
#include "local/machine/read_through.hpp"
#include "local/model/sizing.hpp"

namespace entente::local {

namespace {

// Cells of keys and values, as libllama lays them out for models with ordinary attention.
std::uint64_t bytes_per_token(const llama_model* model, const std::string& architecture, KvLayout kv) {
  auto heads = static_cast<std::uint64_t>(std::max(1, llama_model_n_head(model)));
  auto width = [&](const char* which) {
    std::string told = metadata(model, std::format("{}.attention.{}_length", architecture, which).c_str());
    return told.empty() ? static_cast<std::uint64_t>(llama_model_n_embd(model)) / heads
                        : std::strtoull(told.c_str(), nullptr, 10);
  };
  double bytes_per_number = kv == KvLayout::f16 ? 2 : 34.0 / 32;  // q8_0: 32 bytes and their scale
  std::uint64_t numbers = static_cast<std::uint64_t>(llama_model_n_layer(model)) *
                          static_cast<std::uint64_t>(llama_model_n_head_kv(model)) * (width("key") + width("value"));
  return static_cast<std::uint64_t>(static_cast<double>(numbers) * bytes_per_number);
}

Error why_not_loaded(const std::filesystem::path& file, const std::string& said) {
  std::string name = file.filename().string();
  std::string_view unknown = "unknown model architecture: ";
  if (auto at = said.find(unknown); at != std::string::npos) {
    std::string_view architecture = std::string_view(said).substr(at + unknown.size());
    return {.code = ErrorCode::unsupported,
            .message = std::format("{} holds a model of the architecture {}, which libllama {} does not know.", name,
                                   architecture.substr(0, architecture.find_first_of(";\n")), llama_version()),
            .reason = "unknown_architecture",
            .details = said};
  }
  // "llama_model_load: error loading model: tensor … is not within the file bounds; …": the middle is for the person.
  std::string_view reason = std::string_view(said).substr(0, said.find(';'));
  if (auto at = reason.rfind("error loading model: "); at != std::string_view::npos) reason.remove_prefix(at + 21);
  return {.code = ErrorCode::unavailable,
          .message = std::format("{} cannot be loaded{}{}.", name, reason.empty() ? "" : ": ", reason),
          .reason = "model_not_loaded",
          .details = said};
}

Result<llama_model_ptr> load_file(const EngineOptions& options, bool metadata_only, std::uint32_t gpu_layers,
                                  const std::function<bool(float)>& progress) {
  start_backends();
  bool stopped = false;
  constexpr float read = 0.9f;  // the part of a loading that is reading
  TRY(read_through(options.file, metadata_only ? 0 : UINT64_MAX,
                   [&](float done) { return !progress || progress(read * done); }));
  struct Watching {
    const std::function<bool(float)>* progress;
    bool* stopped;
  } watching{&progress, &stopped};
  llama_model_params parameters = llama_model_default_params();
  parameters.n_gpu_layers = static_cast<std::int32_t>(gpu_layers);
  parameters.no_alloc = metadata_only;
  if (metadata_only) parameters.load_mode = LLAMA_LOAD_MODE_NONE;
  parameters.progress_callback_user_data = &watching;
  parameters.progress_callback = [](float done, void* data) {
    auto* watching = static_cast<Watching*>(data);
    bool go_on = !*watching->progress || (*watching->progress)(read + (1 - read) * done);
    *watching->stopped = !go_on;
    return go_on;
  };
  ErrorsKept errors;
  llama_model_ptr model(llama_model_load_from_file(options.file.c_str(), parameters));
  if (stopped) return fail(ErrorCode::cancelled, "The loading was stopped.");
  if (!model) return fail(why_not_loaded(options.file, errors.text()));
  return model;
}

}  // namespace

Result<llama_model_ptr> load_weights(const EngineOptions& options, std::uint32_t gpu_layers,
                                     const std::function<bool(float)>& progress) {
  return load_file(options, false, gpu_layers, progress);
}

std::string metadata(const llama_model* model, const char* key) {
  char text[256];
  return llama_model_meta_val_str(model, key, text, sizeof text) >= 0 ? text : "";
}

enum llama_pooling_type pooling_of(const llama_model* model) {
  std::string told = metadata(model, (metadata(model, "general.architecture") + ".pooling_type").c_str());
  return told.empty() ? LLAMA_POOLING_TYPE_UNSPECIFIED : static_cast<enum llama_pooling_type>(std::atoi(told.c_str()));
}

bool only_reads(const llama_model* model) {
  std::string architecture = metadata(model, "general.architecture");
  // Some files leave out that their kind reads from both sides.
  for (std::string_view kind : {"bert", "embedding"}) {
    if (architecture.contains(kind)) return true;
  }
  return pooling_of(model) == LLAMA_POOLING_TYPE_RANK ||
         metadata(model, (architecture + ".attention.causal").c_str()) == "false";
}

// libllama's own description guesses the size from the number of layers.
std::string describe(const llama_model* model) {
  char text[128] = {};
  llama_model_desc(model, text, sizeof text);
  std::string_view packing = text;  // "llama 256M Q4_K - Medium"
  for (int word = 0; word < 2; ++word) packing.remove_prefix(std::min(packing.find(' ') + 1, packing.size()));
  double millions = static_cast<double>(llama_model_n_params(model)) / 1e6;
  std::string size = millions < 1000 ? std::format("{:.0f}M", millions) : std::format("{:.1f}B", millions / 1000);
  return std::format("{} {} {}", metadata(model, "general.architecture"), size, packing);
}

ModelNeeds needs_of(const llama_model* model, KvLayout kv) {
  std::string architecture = metadata(model, "general.architecture");
  return {.bytes_per_token = bytes_per_token(model, architecture, kv),
          .trained_context_tokens = static_cast<std::uint32_t>(std::max(0, llama_model_n_ctx_train(model))),
          .weights = llama_model_size(model),
          .vocabulary = static_cast<std::uint32_t>(llama_vocab_n_tokens(llama_model_get_vocab(model))),
          .width = static_cast<std::uint32_t>(llama_model_n_embd(model)),
          .reads_whole = only_reads(model)};
}

Result<std::uint32_t> choose_gpu_layers(const EngineOptions& options) {
  std::vector<Device> found = devices();
  if (found.empty()) {
    if (options.gpu_layers.value_or(0) > 0) {
      log::warning(
          "engine.gpu_layers asks for a device beside the processor, but ggml finds none: all is computed on "
          "the processor.",
          {{"gpu_layers", *options.gpu_layers}});
    }
    return 0;
  }
  TRY_ASSIGN(llama_model_ptr header, load_file(options, true, 0, {}));
  ModelNeeds needs = needs_of(header.get(), options.kv);
  Shape shape = choose_shape(needs, options.sequences, options.context_tokens, usual_cells(usual_budget()));
  auto layers = static_cast<std::uint32_t>(llama_model_n_layer(header.get()));
  std::uint32_t chosen =
      choose_offload({.layers = layers,
                      .weight_bytes = llama_model_size(header.get()),
                      .cell_bytes = std::uint64_t{shape.sequences} * shape.context_tokens * needs.bytes_per_token},
                     found, options.gpu_layers);
  log::info("Layers computed by devices beside the processor.", {{"layers", chosen}, {"of", layers + 1}});
  return chosen;
}

Result<llama_adapter_lora*> load_adapter(llama_model* model, const AdapterFile& adapter) {
  auto refusal = [&](std::string_view why, std::string details = {}) {
    return fail({.code = ErrorCode::unavailable,
                 .message = std::format("The adapter {} cannot be loaded: {}.", adapter.name, why),
                 .reason = "adapter_not_loaded",
                 .details = std::move(details)});
  };
  std::error_code failure;
  if (!std::filesystem::is_regular_file(adapter.file, failure))
    return refusal(std::format("there is no file {}", adapter.file.string()));
  ErrorsKept errors;
  llama_adapter_lora* loaded = llama_adapter_lora_init(model, adapter.file.c_str());
  if (!loaded) {
    // "llama_adapter_lora_init: failed to apply lora adapter: model arch and LoRA arch mismatch"
    std::string_view why = errors.text();
    constexpr std::string_view before = "failed to apply lora adapter: ";
    if (auto at = why.rfind(before); at != std::string_view::npos) why.remove_prefix(at + before.size());
    why = why.substr(0, why.find('\n'));
    return refusal(why.empty() ? "its file is not an adapter of this model" : why, errors.text());
  }
  if (llama_adapter_get_alora_n_invocation_tokens(loaded) > 0)
    return refusal("it acts on a part of the conversation only (aLoRA), which is not done here");
  return loaded;
}

Result<> check_model_file(const std::filesystem::path& file) {
  TRY_ASSIGN(llama_model_ptr model, load_file({.file = file}, true, 0, {}));
  return {};
}

Result<ModelNeeds> measure_model_file(const EngineOptions& options) {
  TRY_ASSIGN(llama_model_ptr model, load_file(options, true, 0, {}));
  ModelNeeds needs = needs_of(model.get(), options.kv);
  for (const AdapterFile& adapter : options.adapters) {
    std::error_code failure;  // an adapter that is not there takes nothing: the model serves without it
    std::uintmax_t bytes = std::filesystem::file_size(adapter.file, failure);
    if (!failure) needs.weights += bytes;
  }
  std::error_code failure;
  std::uintmax_t eyes = options.eyes.empty() ? 0 : std::filesystem::file_size(options.eyes, failure);
  if (!failure) needs.weights += eyes + eyes / 4;  // its weights, and what it computes in
  if (!options.draft.empty() && options.proposals) {
    // One that is not there takes nothing, either.
    if (auto draft = load_file({.file = options.draft}, true, 0, {})) {
      ModelNeeds own = needs_of(draft->get(), options.kv);
      needs.draft_bytes_per_token = std::exchange(own.bytes_per_token, 0);
      needs.weights += bytes_of(own, {.sequences = draft_sequences, .context_tokens = usual_context});
    }
  }
  return needs;
}

}  // namespace entente::local
