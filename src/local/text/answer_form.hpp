// AnswerForm: how a model writes what is not plain text: thoughts before the answer, and calls of tools. One
// description serves three sides: the grammar that holds the model to it (answer_grammar.hpp), the reader that takes it
// apart again (answer_reader.hpp) and the prompt, where the template does not write calls itself (chat_template.cpp).
//
// Every family writes calls as: begin open NAME to_arguments ARGUMENTS, then `next` and again NAME to_arguments
// ARGUMENTS for each further one, then `end`. Control tokens stand in marks as spelled() writes them; what is an id in
// the text is a hole. Which form a model has is learnt from its template (template_form.hpp). Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "domain/conversation.hpp"
#include "local/text/prompt.hpp"

namespace entente::local {

struct AnswerForm {
  std::string begin = {};  // what only a call begins with; empty: a call is what the answer begins with
  std::string open = {}, to_arguments = {}, next = {}, end = {};  // no `next`: one call is all
  std::string thought_begin = {}, thought_end = {};               // empty: the model does not think aloud
  std::string text_begin = {};  // stands before the text of an answer and is no part of it
  bool own_tools = false;       // the template writes tools, and what they gave back
  bool own_calls = false;       // and calls,
  bool text_arguments = false;  // which it takes with their arguments as text, not as an object
  bool short_ids = false;       // it takes ids of calls of nine letters and digits only

  bool can_call_again() const { return !next.empty(); }
};

// Of the Hermes family, which others understand when they are told.
AnswerForm hermes_form();

// The form with the marks of thoughts, and of the text after them, that a template knows.
AnswerForm with_thoughts_of(std::string_view source, AnswerForm form);

// Calls, one at least, as a model of a form without ids that can call again would have written them.
std::string written(const AnswerForm& form, std::span<const ToolCall> calls);

// An id of a call within a form: nine letters and digits, which a person's text has no byte for.
constexpr char id_hole = '\xFE';
constexpr std::size_t id_length = 9;
constexpr std::string_view id_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// A control token in a text of marks: a byte that no text holds, and its spelling. Nobody can write one by spelling it.
constexpr char control_mark = '\xFF';
std::string spelled(std::string_view text, const ControlSpellings& control);
AnswerForm spelled(AnswerForm form, const ControlSpellings& control);

}  // namespace entente::local
