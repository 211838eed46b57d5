// LlamaEyes: what lets a language model see: a projector (an "mmproj" file) that libmtmd computes. A picture becomes
// positions of a prompt; before they are computed it becomes a vector for each.
//
// The tokens of such positions are negative, which no vocabulary has, and follow from the picture's bytes: prompts with
// the same picture begin alike, and computed prompts are found again by their tokens as ever (prefix_store.hpp).
//
// read() on any thread; vectors_of() on the thread that computes, where it takes as long as the picture's encoder does.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include <llama.h>

#include "local/model/model.hpp"

struct mtmd_context;

namespace entente::local {

class LlamaEyes {
 public:
  // Errors: unavailable, when the file cannot be loaded beside this model; unsupported, when it is of a kind whose
  // positions Entente does not count (M-RoPE: Qwen2-VL and its kin), or sees nothing.
  static Result<std::unique_ptr<LlamaEyes>> load(const std::filesystem::path& file, const llama_model* model,
                                                 std::uint32_t threads);
  ~LlamaEyes();
  LlamaEyes(const LlamaEyes&) = delete;
  LlamaEyes& operator=(const LlamaEyes&) = delete;

  // Adds what the picture takes to the prompt. Errors: invalid_request, when it is no picture that can be read.
  Result<> read(std::string_view file, Prompt& prompt) const;

  // One vector of width() numbers for each position; empty: it could not be computed.
  const std::vector<float>& vectors_of(Seen& seen);
  std::size_t width() const { return width_; }

 private:
  LlamaEyes(mtmd_context* context, const llama_model* model);

  mtmd_context* context_;
  const std::size_t width_;
};

}  // namespace entente::local
