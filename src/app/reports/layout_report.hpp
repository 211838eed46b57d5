// What is said of a model's layout on this machine: which kernels its weights get, and what each of several measured
// layouts is good for. Pure but for asking ggml about its kernels. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "local/libllama/kernels.hpp"
#include "local/libllama/layouts.hpp"
#include "models/gguf.hpp"

namespace entente::app {

struct KernelShare {
  local::Kernels kernels;
  double share = 0;  // of the bytes of the model's matrices
};
// The largest share first.
std::vector<KernelShare> kernel_shares(const models::GgufInfo& info);

// "Q4_0 (CPU_REPACK), Q8_0 (general)"
std::string in_words(std::span<const KernelShare> shares);

// Most of it is packed in a way for which this processor has nothing special, although it has for another.
bool lacks_kernels(std::span<const KernelShare> shares);

struct MeasuredLayout {
  std::string name;  // "Q4_0"; of the first, the model as it is: its own packing
  std::uint64_t bytes = 0;
  local::Measured measured;
  std::string kernels;
};
// For each a few words: "fastest prompts, smallest". The first is the model as it is.
std::vector<std::string> good_for(std::span<const MeasuredLayout> layouts);

}  // namespace entente::app
