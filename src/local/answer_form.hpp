// AnswerForm: how a model writes what is not plain text: thoughts before the answer, and calls of tools. Chosen from
// its chat template. One description serves three sides: the grammar that holds the model to it (answer_grammar.hpp),
// the reader that takes it apart again (answer_reader.hpp) and, for templates that know no tools, the prompt
// (chat_template.cpp).
//
// Every family writes a call as: open NAME to_arguments ARGUMENTS close, with `begin` before the first call, `between`
// calls and `end` after the last. Control tokens stand in marks as spelled() writes them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "local/prompt.hpp"

namespace entente::local {

struct AnswerForm {
  std::string_view family;  // "hermes", "llama3", "mistral", "phi", "granite", "functionary", "harmony"
  std::string begin;        // empty: a call is what the answer begins with
  std::string open, to_arguments, close, between, end;
  std::string thought_begin, thought_end;  // empty: the model does not think aloud
  std::string text_begin;                  // stands before the text of an answer and is no part of it
  bool own_tools = false;                  // the template writes tools and calls itself
  bool short_ids = false;                  // it takes ids of calls of nine letters and digits only
};

// `writes_tools`: a tool given to the template appears in what it renders.
AnswerForm form_of_template(std::string_view source, bool writes_tools);

// A control token in a text of marks: a byte that no text holds, and its spelling. Nobody can write one by spelling it.
constexpr char control_mark = '\xFF';
std::string spelled(std::string_view text, const ControlSpellings& control);
AnswerForm spelled(AnswerForm form, const ControlSpellings& control);

}  // namespace entente::local
