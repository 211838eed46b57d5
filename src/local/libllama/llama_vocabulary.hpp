// What a model of libllama reads and writes: its tokens with their bytes, its chat template, the marks of its answers.
// Made once from a loaded model, which must outlive it; constant then, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <llama.h>

#include "local/model/model.hpp"
#include "local/text/chat_template.hpp"
#include "local/text/prompt.hpp"

namespace entente::local {

class LlamaVocabulary {
 public:
  explicit LlamaVocabulary(const llama_model* model);

  // As Model has them (model.hpp). `see` adds what a picture of the conversation takes to the prompt; the template is
  // given a mark in its place.
  using See = std::function<Result<>(const ImagePart& picture, Prompt& prompt)>;
  Result<Prompt> prompt_of(const Chat& chat, const See& see = {}) const;
  std::vector<Token> tokens_of(std::string_view text, Model::Reading reading) const;
  // `form`: the model's own, with {query} and {document} in it; null: as BERT and its kin have it.
  Result<std::vector<Token>> pair_of(std::string_view query, std::string_view document, std::uint32_t most,
                                     const char* form) const;
  Result<std::vector<Token>> gap_of(std::string_view before, std::string_view after) const;
  bool begins_texts(Token token) const { return llama_vocab_get_add_bos(vocab_) && token == llama_vocab_bos(vocab_); }
  TokenizerInfo tokenizer() const;
  const AnswerForm& answer_form() const { return answer_form_; }
  std::string_view bytes_of(Token token) const { return bytes_[static_cast<std::size_t>(token)]; }
  std::string_view spelled(Token token) const;
  const Words& words() const;
  bool ends_answer(Token token) const { return llama_vocab_is_eog(vocab_, token); }
  std::uint32_t longest_token_bytes() const { return longest_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(bytes_.size()); }

 private:
  void read_tokens();
  void read_template(const llama_model* model);

  const llama_vocab* vocab_;
  std::vector<std::string> bytes_;  // of each token
  std::uint32_t longest_ = 1;
  std::optional<ControlSpellings> control_;
  std::map<Token, std::string> control_spellings_;  // of those that stand in marks
  AnswerForm answer_form_;
  std::string template_source_;
  mutable std::once_flag words_made_;
  mutable std::optional<Words> words_;
  Result<ChatTemplate> template_ = fail(ErrorCode::internal, "The template was not read.");
};

}  // namespace entente::local
