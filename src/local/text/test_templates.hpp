// For tests: small chat templates that write calls of tools as those of the families do, and a text of two calls as
// their models answer. What models were trained on is in their own templates; these have its shape.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "local/text/chat_template.hpp"

namespace entente::local {

struct TemplateShape {
  const char* family;
  std::string calls;      // what the template writes of m.tool_calls
  const char* two_calls;  // f({"a": "}"}) and g({}), or the first of them where a model makes but one
  bool short_ids = false;

  std::string source() const {
    return "{% for t in tools or [] %}<tool>{{ t | tojson }}</tool>{% endfor %}{% for m in messages %}<|im_start|>"
           "{{ m.role }}\n{{ m.content }}{% if m.tool_calls %}" +
           calls +
           "{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
  }
};

inline void PrintTo(const TemplateShape& shape, std::ostream* out) { *out << shape.family; }

inline ChatTemplate parsed(const std::string& source) {
  static const std::string ends[] = {"<|im_end|>", "<|eom_id|>"};
  auto made = ChatTemplate::parse(source, "", "<|im_end|>", ends);
  EXPECT_TRUE(made) << made.error().details;
  return *std::move(made);
}

inline std::string each(std::string_view call, std::string_view between = "") {
  return "{% for c in m.tool_calls %}{% if not loop.first %}" + std::string(between) + "{% endif %}" +
         std::string(call) + "{% endfor %}";
}

#define CALL_OF(KEY) R"({"name": "{{ c.function.name }}", ")" KEY R"(": {{ c.function.arguments | tojson }})"
#define NEW_LINE "{{ '\\n' }}"  // templates drop those after a block
#define NINE_LETTERS \
  "{% for c in m.tool_calls %}{% if c.id | length != 9 %}{{ raise_exception('id') }}{% endif %}{% endfor %}"

inline const std::vector<TemplateShape>& shapes() {
  static const std::vector<TemplateShape> all{
      {"hermes", each("<tool_call>\n" CALL_OF("arguments") "}\n</tool_call>", NEW_LINE),
       "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"}\"}}\n</tool_call>\n<tool_call>\n"
       "{\"name\": \"g\", \"arguments\": {}}\n</tool_call>"},
      {"llama3",
       "{% if m.tool_calls | length > 1 %}{{ raise_exception('one call at once') }}{% endif %}" +
           each(CALL_OF("parameters") "}<|eom_id|>"),
       R"({"name": "f", "parameters": {"a": "}"}})"},
      {"mistral_nemo", NINE_LETTERS "[TOOL_CALLS][" + each(CALL_OF("arguments") R"(, "id": "{{ c.id }}"})", ", ") + "]",
       R"([TOOL_CALLS][{"name": "f", "arguments": {"a": "}"}, "id": "000000001"}, {"name": "g", "arguments": {}, )"
       R"("id": "abcdefghi"}])",
       true},
      {"mistral_small",
       NINE_LETTERS +
           each("[TOOL_CALLS]{{ c.function.name }}[CALL_ID]{{ c.id }}[ARGS]{{ c.function.arguments | tojson }}"),
       R"([TOOL_CALLS]f[CALL_ID]000000001[ARGS]{"a": "}"}[TOOL_CALLS]g[CALL_ID]abcdefghi[ARGS]{})", true},
      {"ministral", each("[TOOL_CALLS]{{ c.function.name }}[ARGS]{{ c.function.arguments | tojson }}"),
       R"([TOOL_CALLS]f[ARGS]{"a": "}"}[TOOL_CALLS]g[ARGS]{})"},
      {"phi4", each("<|tool_call|>{{ c.function | tojson }}<|/tool_call|>"),
       R"(<|tool_call|>{"name": "f", "arguments": {"a": "}"}}<|/tool_call|>)"
       R"(<|tool_call|>{"name": "g", "arguments": {}}<|/tool_call|>)"},
      {"functionary", each("<function={{ c.function.name }}>{{ '' + c.function.arguments }}</function>") + "<|eom_id|>",
       R"(<function=f>{"a": "}"}</function><function=g>{}</function>)"},
      {"deepseek",
       "<|calls_begin|>" +
           each("<|call_begin|>function<|sep|>{{ c.function.name }}\n```json\n"
                "{{ c.function.arguments | tojson }}\n```<|call_end|>",
                NEW_LINE) +
           "<|calls_end|>",
       "<|calls_begin|><|call_begin|>function<|sep|>f\n```json\n{\"a\": \"}\"}\n```<|call_end|>\n"
       "<|call_begin|>function<|sep|>g\n```json\n{}\n```<|call_end|><|calls_end|>"},
      {"command_r",
       "<|START_ACTION|>[\n" +
           each(R"(    {"tool_call_id": "{{ loop.index0 }}", "tool_name": "{{ c.function.name }}", )"
                R"("parameters": {{ c.function.arguments | tojson }}})",
                ",\n") +
           NEW_LINE "]<|END_ACTION|>",
       "<|START_ACTION|>[\n    {\"tool_call_id\": \"0\", \"tool_name\": \"f\", \"parameters\": {\"a\": \"}\"}},\n"
       "    {\"tool_call_id\": \"1\", \"tool_name\": \"g\", \"parameters\": {}}\n]<|END_ACTION|>"},
      {"granite3", "{# respond only with <|tool_call|> followed by a JSON list of tools used #}",
       R"(<|tool_call|>[{"name": "f", "arguments": {"a": "}"}}, {"name": "g", "arguments": {}}])"},
      {"harmony",
       "<|channel|>analysis<|message|> to=functions.{{ m.tool_calls[0].function.name }}<|channel|>commentary json"
       "<|message|>{{ m.tool_calls[0].function.arguments | tojson }}",
       R"(<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"a": "}"})"}};
  return all;
}

#undef CALL_OF
#undef NEW_LINE
#undef NINE_LETTERS

}  // namespace entente::local
