// LlamaKnown: the half of a model of libllama that any thread may ask: its tokens, its template, what its file says.
// The other half computes: llama_model.cpp, which answers, and llama_reader.cpp, which only reads.
#pragma once

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <llama-cpp.h>

#include "local/libllama/llama_file.hpp"
#include "local/libllama/llama_vocabulary.hpp"
#include "local/model/model.hpp"
#include "local/model/token_chooser.hpp"

namespace entente::local {

class LlamaKnown : public Model {
 public:
  EngineInfo info() const override { return info_; }
  RecommendedSampling recommended_sampling() const override {
    auto number = [this](llama_model_meta_key key) -> std::optional<double> {
      std::string text = metadata(model_.get(), llama_model_meta_key_str(key));
      double value = 0;
      auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (failure != std::errc() || value < 0) return std::nullopt;
      return value;
    };
    return {.temperature = number(LLAMA_MODEL_META_KEY_SAMPLING_TEMP),
            .top_p = number(LLAMA_MODEL_META_KEY_SAMPLING_TOP_P)};
  }

  Result<Prompt> prompt_of(const Chat& chat) const override { return vocabulary_.prompt_of(chat); }
  std::vector<Token> tokens_of(std::string_view text, Reading reading) const override {
    return vocabulary_.tokens_of(text, reading);
  }
  Result<std::vector<Token>> gap_of(std::string_view before, std::string_view after) const override {
    return vocabulary_.gap_of(before, after);
  }
  bool begins_texts(Token token) const override { return vocabulary_.begins_texts(token); }
  TokenizerInfo tokenizer() const override { return vocabulary_.tokenizer(); }
  const AnswerForm& answer_form() const override { return vocabulary_.answer_form(); }
  std::string_view bytes_of(Token token) const override { return vocabulary_.bytes_of(token); }
  std::string_view spelled(Token token) const override { return vocabulary_.spelled(token); }
  const Words& words() const override { return vocabulary_.words(); }
  bool ends_answer(Token token) const override { return vocabulary_.ends_answer(token); }
  std::uint32_t longest_token_bytes() const override { return vocabulary_.longest_token_bytes(); }
  std::uint32_t vocabulary() const override { return vocabulary_.size(); }

  std::unique_ptr<TokenChooser> chooser(const Sampling& sampling, std::uint32_t choice,
                                        std::span<const Token> prompt) const override {
    return make_chooser(sampling, choice, prompt);
  }

 protected:
  LlamaKnown(llama_model_ptr model, EngineInfo info)
      : model_(std::move(model)), vocabulary_(model_.get()), info_(std::move(info)) {}

  llama_model_ptr model_;
  const LlamaVocabulary vocabulary_;
  EngineInfo info_;
};

}  // namespace entente::local
