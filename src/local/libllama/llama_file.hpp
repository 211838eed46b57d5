// A GGUF file through libllama, before anything is computed with it: its header, its weights, the adapters beside it.
//
// Any thread; blocking. Errors say what is wrong with the file in a person's words: unsupported (an architecture this
// libllama does not know), unavailable (unreadable, or no memory), cancelled.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <llama-cpp.h>

#include "base/result.hpp"
#include "local/model/model_file.hpp"
#include "local/model/options.hpp"

namespace entente::local {

// `progress` gets 0 to 1 and may return false to stop.
Result<llama_model_ptr> load_weights(const EngineOptions& options, std::uint32_t gpu_layers,
                                     const std::function<bool(float)>& progress);

std::string metadata(const llama_model* model, const char* key);  // empty: the file does not say

// "llama 135M Q4_1".
std::string describe(const llama_model* model);

enum llama_pooling_type pooling_of(const llama_model* model);  // unspecified: the file does not say

// Sees a text from both sides, or scores: it answers nothing.
bool only_reads(const llama_model* model);

ModelNeeds needs_of(const llama_model* model, KvLayout kv);

// How many layers devices beside the processor compute; reads the file's header where there is such a device.
Result<std::uint32_t> choose_gpu_layers(const EngineOptions& options);

// The adapter belongs to the model and goes with it. To be loaded before a context is made: its graphs leave room for
// adapters.
Result<llama_adapter_lora*> load_adapter(llama_model* model, const AdapterFile& adapter);

}  // namespace entente::local
