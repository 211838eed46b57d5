// Speaker: what an answer says next. From the logits of a step to a token, from tokens to text, thoughts and calls that
// may be shown, and on to the answer's reader. Belongs to the thread that computes.
#pragma once

#include <span>

#include "local/job.hpp"

namespace entente::local {

class Speaker {
 public:
  explicit Speaker(const Model& model) : model_(model) {}

  // Before the first token of a choice: what it is held to, and how it is read.
  void prepare(const Job& job, Choice& choice) const;

  // Chooses the next token of a choice and tells the reader what follows from it. True when the choice has come to its
  // end; when no token may follow, the job's channel has failed, too.
  bool go_on(Job& job, Choice& choice, std::span<const float> logits) const;

  // Of a prompt whose tokens are told: what the model thought of the one behind position `at`; then all of them.
  void look_at_prompt(Job& job, std::size_t at, std::span<const float> logits) const;
  void echo(Job& job, const Choice& choice) const;
  bool finish_unspoken(Job& job, Choice& choice) const;  // nothing is to be said

 private:
  bool read(Job& job, Choice& choice, std::string_view bytes) const;
  void tell_what_is_left(Job& job, Choice& choice) const;
  bool tell_pieces(Job& job, Choice& choice, const std::vector<AnswerReader::Piece>& pieces) const;
  void begin_call(Job& job, Choice& choice, const std::string& name) const;
  bool finish(Job& job, Choice& choice, FinishReason reason) const;
  TokenChoice explain(std::span<const float> logits, Token token, std::uint32_t top) const;

  const Model& model_;
};

}  // namespace entente::local
