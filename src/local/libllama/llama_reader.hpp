// A model that only reads: an encoder (BERT and its kin), which sees a text whole and from both sides, or one with a
// head that scores a pair of texts. It answers nothing; a text's vector, or score, is there when its last token is
// computed.
//
// To the engine it looks like any model that is given tokens step by step: they are kept until a text is whole, then
// all of it is computed at once, pooled by libllama as the file says. Errors as of load_llama_model().
#pragma once

#include <memory>

#include <llama-cpp.h>

#include "local/model/model.hpp"

namespace entente::local {

Result<std::unique_ptr<Model>> load_llama_reader(const EngineOptions& options, llama_model_ptr model,
                                                 std::uint32_t gpu_layers);

}  // namespace entente::local
