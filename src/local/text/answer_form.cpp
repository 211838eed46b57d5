#include "local/text/answer_form.hpp"

namespace entente::local {

AnswerForm hermes_form() {
  return {.begin = "<tool_call>",
          .open = "\n{\"name\": \"",
          .to_arguments = "\", \"arguments\": ",
          .next = "}\n</tool_call>\n<tool_call>\n{\"name\": \"",
          .end = "}\n</tool_call>"};
}

AnswerForm with_thoughts_of(std::string_view source, AnswerForm form) {
  struct Marks {
    std::string_view begin, end, text_begin = {};
  };
  constexpr Marks all[] = {
      {"<|channel|>analysis<|message|>", "<|end|><|start|>assistant", "<|channel|>final<|message|>"},
      {"<think>", "</think>"},
      {"[THINK]", "[/THINK]"},
      {"<seed:think>", "</seed:think>"},
      {"<mm:think>", "</mm:think>"},
      {"<|inner_prefix|>", "<|inner_suffix|>"},
      {"<|START_THINKING|>", "<|END_THINKING|>"},
      {"<|channel>thought", "<channel|>"}};
  for (const Marks& marks : all) {
    if (!source.contains(marks.begin)) continue;
    form.thought_begin = marks.begin, form.thought_end = marks.end, form.text_begin = marks.text_begin;
    break;
  }
  return form;
}

std::string written(const AnswerForm& form, std::span<const ToolCall> calls) {
  std::string out;
  for (const ToolCall& call : calls) {
    out += out.empty() ? form.begin + form.open : form.next;
    out += call.name + form.to_arguments + (call.arguments.empty() ? "{}" : call.arguments);
  }
  return out + form.end;
}

std::string spelled(std::string_view text, const ControlSpellings& control) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = control.at_begin_of(text);
    if (length > 0) out += control_mark;
    length = std::max<std::size_t>(length, 1);
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

AnswerForm spelled(AnswerForm form, const ControlSpellings& control) {
  for (std::string* text : {&form.begin, &form.open, &form.to_arguments, &form.next, &form.end, &form.thought_begin,
                            &form.thought_end, &form.text_begin}) {
    *text = spelled(*text, control);
  }
  return form;
}

}  // namespace entente::local
