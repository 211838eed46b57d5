// What a chat template says of its model: how it writes calls of tools, learnt from what the template renders when an
// answer of the past has called some.
//
// Templates are programs, and models differ in every detail of the marks around a call. What a template writes is what
// its model was trained on. So calls of known names, with known ids and arguments, are rendered; what stands around
// them is the form, when it reads the same calls back. Where arguments are no JSON object in the text (Qwen3-Coder,
// GLM), where a template writes no tools, or refuses: models are shown the Hermes form, as text. Pure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/conversation.hpp"
#include "domain/tooling.hpp"
#include "local/text/answer_form.hpp"

namespace entente::local {

// Renders a conversation, its calls as `form` says that they are given to the template, with `tools`; with
// `answer_follows`, the beginning of an answer after it. Nothing: the template refuses it.
using RenderLesson = std::function<std::optional<std::string>(const AnswerForm& form, const Conversation& conversation,
                                                              const Tooling& tools, bool answer_follows)>;

// `ends`: spellings of the tokens that end an answer, which no mark can hold.
AnswerForm form_of_template(std::string_view source, std::span<const std::string> ends, const RenderLesson& render);

}  // namespace entente::local
