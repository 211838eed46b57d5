// ChatTemplate: the Jinja template a model file carries, which writes a conversation in the form the model was trained
// on.
//
// Immutable once made; render() may be called from any thread (one renders at a time: minja asks for the local time
// with a function that is not safe for two). Failure: invalid_request when the template itself refuses ("roles must
// alternate"). Templates that know no system role get its text in front of the first question; those that know no tools
// get them as text, too.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "local/text/answer_form.hpp"

namespace entente::local {

class ChatTemplate {
 public:
  // `ends`: the spellings of all tokens that end an answer. Errors: unsupported when the template cannot be read.
  static Result<ChatTemplate> parse(const std::string& source, const std::string& bos, const std::string& eos,
                                    std::span<const std::string> ends);
  ~ChatTemplate();
  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;

  // The whole conversation and the beginning of the assistant's answer.
  Result<std::string> render(const Conversation& conversation, const Tooling& tooling = {},
                             std::optional<ReasoningEffort> effort = {}) const;

  // How its model writes thoughts and calls, with control tokens spelt out.
  const AnswerForm& form() const;
  // Whether what was rendered ends inside a thought.
  bool began_thought(std::string_view rendered) const;

 private:
  struct Parsed;
  explicit ChatTemplate(std::unique_ptr<Parsed> parsed);
  std::unique_ptr<Parsed> parsed_;
};

}  // namespace entente::local
