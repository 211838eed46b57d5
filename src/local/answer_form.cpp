#include "local/answer_form.hpp"

namespace entente::local {

namespace {

AnswerForm json_calls(std::string_view family, std::string begin, std::string before_each, std::string arguments_key,
                      std::string after_each, std::string between, std::string end) {
  return {.family = family,
          .begin = std::move(begin),
          .open = std::move(before_each) + R"({"name": ")",
          .to_arguments = R"(", ")" + std::move(arguments_key) + R"(": )",
          .close = "}" + std::move(after_each),
          .between = std::move(between),
          .end = std::move(end),
          .thought_begin = {},
          .thought_end = {},
          .text_begin = {}};
}

AnswerForm calls_of(std::string_view source) {
  auto has = [source](std::string_view text) { return source.contains(text); };
  if (has("<|channel|>") && has("<|message|>")) {
    AnswerForm form{.family = "harmony",
                    .begin = "<|channel|>commentary to=functions.",
                    .open = "",
                    .to_arguments = " <|constrain|>json<|message|>",
                    .close = "",
                    .between = {},  // a call ends the answer
                    .end = {},
                    .thought_begin = "<|channel|>analysis<|message|>",
                    .thought_end = "<|end|><|start|>assistant",
                    .text_begin = "<|channel|>final<|message|>"};
    return form;
  }
  if (has("[TOOL_CALLS]") && has("[ARGS]")) {
    return {.family = "mistral",
            .begin = "[TOOL_CALLS]",
            .open = "",
            .to_arguments = "[ARGS]",
            .close = "",
            .between = "[TOOL_CALLS]",
            .end = {},
            .thought_begin = {},
            .thought_end = {},
            .text_begin = {},
            .short_ids = true};
  }
  if (has("[TOOL_CALLS]")) {
    AnswerForm form = json_calls("mistral", "[TOOL_CALLS][", "", "arguments", "", ", ", "]");
    form.short_ids = true;
    return form;
  }
  if (has("<|tool_call|>") && has("<|/tool_call|>")) {
    return json_calls("phi", "<|tool_call|>[", "", "arguments", "", ", ", "]<|/tool_call|>");
  }
  if (has("functools[")) return json_calls("phi", "functools[", "", "arguments", "", ", ", "]");
  if (has("<|tool_call|>")) return json_calls("granite", "<|tool_call|>[", "", "arguments", "", ", ", "]");
  if (has("<function=") && !has("<parameter=") && !has("<tool_call>")) {
    return {.family = "functionary",
            .begin = "<function=",
            .open = "",
            .to_arguments = ">",
            .close = "</function>",
            .between = "<function=",
            .end = {},
            .thought_begin = {},
            .thought_end = {},
            .text_begin = {}};
  }
  if (has("<|python_tag|>") || (has("\"parameters\": ") && has("ipython"))) {
    return json_calls("llama3", "", "", "parameters", "", "", "");
  }
  return json_calls("hermes", "<tool_call>", "\n", "arguments", "\n</tool_call>", "\n<tool_call>", "");
}

}  // namespace

AnswerForm form_of_template(std::string_view source, bool writes_tools) {
  AnswerForm form = calls_of(source);
  // Calls written as XML (<parameter=…>) are a form that is not here: such a model is shown the form that is.
  bool known = form.family != "hermes" || (source.contains("<tool_call>") && !source.contains("<parameter="));
  form.own_tools = writes_tools && known;
  if (!form.own_tools && form.family != "hermes") {
    AnswerForm plain = calls_of("");
    plain.thought_begin = form.thought_begin, plain.thought_end = form.thought_end, plain.text_begin = form.text_begin;
    form = plain;
  }
  if (form.thought_begin.empty() && source.contains("<think>")) {
    form.thought_begin = "<think>", form.thought_end = "</think>";
  } else if (form.thought_begin.empty() && source.contains("[THINK]")) {
    form.thought_begin = "[THINK]", form.thought_end = "[/THINK]";
  }
  return form;
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
  for (std::string* text : {&form.begin, &form.open, &form.to_arguments, &form.close, &form.between, &form.end,
                            &form.thought_begin, &form.thought_end, &form.text_begin}) {
    *text = spelled(*text, control);
  }
  return form;
}

}  // namespace entente::local
