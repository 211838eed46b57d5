#include "local/text/template_form.hpp"

#include <algorithm>
#include <vector>

#include "local/text/answer_reader.hpp"

namespace entente::local {

namespace {

constexpr std::string_view plain_answer = "Plain.", result = "A result of a tool.";
const ToolCall first{.id = "AbCdEf123", .name = "first_tool", .arguments = R"({"argument": "value"})"};
const ToolCall second{.id = "AbCdEf124", .name = "second_tool", .arguments = R"({"argument": "value"})"};

Message says(Role role, std::vector<Part> parts) { return {.role = role, .parts = std::move(parts), .name = {}}; }

Conversation answered_with(std::vector<Part> parts) {
  Conversation lesson{says(Role::user, {TextPart{"A question."}})};
  if (!parts.empty()) lesson.push_back(says(Role::assistant, std::move(parts)));
  return lesson;
}

Tooling lesson_tools() {
  constexpr std::string_view parameters = R"({"type": "object", "properties": {"argument": {"type": "string"}}})";
  Tooling out;
  for (const ToolCall* call : {&first, &second})
    out.tools.push_back({.name = call->name, .description = "A tool.", .parameters = std::string(parameters)});
  return out;
}

std::size_t common_begin(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

std::string_view without_blank_begin(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

std::string_view without_thoughts(std::string_view text, const AnswerForm& form) {
  text = without_blank_begin(text);
  for (const std::string& mark : {form.thought_begin, form.thought_end}) {
    if (!mark.empty() && text.starts_with(mark)) text = without_blank_begin(text.substr(mark.size()));
  }
  return text;
}

// What an answer is, from the rendered past and the prompt for one: what stands after both, but for thoughts. Empty:
// the past does not go on where a prompt ends, and nobody can tell.
std::string_view answer_in(std::string_view past, std::string_view prompt, const AnswerForm& form) {
  std::size_t at = common_begin(past, prompt);
  // Not in the midst of a mark of which only the beginning is common.
  std::size_t mark = past.substr(0, at).find_last_of("<[");
  if (mark != past.npos && past.substr(mark, at - mark).find_first_of(">]\n") == past.npos) at = mark;
  bool ended = without_thoughts(prompt.substr(at), form).empty();
  return ended ? without_thoughts(past.substr(at), form) : std::string_view();
}

// The end of a turn: what follows a plain answer.
std::string_view end_of_turn(std::string_view past) {
  std::size_t at = past.rfind(plain_answer);
  return at == past.npos ? std::string_view() : past.substr(at + plain_answer.size());
}

// Where a JSON object ends that begins with `text`; 0: it does not.
std::size_t end_of_object(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;  // no text of the lesson escapes one
    if (quoted) continue;
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return 0;
}

std::string with_holes(std::string_view text) {
  std::string out(text);
  for (const ToolCall* call : {&first, &second}) {
    for (std::size_t at; (at = out.find(call->id)) != out.npos;) out.replace(at, call->id.size(), 1, id_hole);
  }
  return out;
}

// A call in a text: what stands before its name, between that and its arguments, these, and what stands after them.
struct Around {
  std::string_view before, between, arguments, after;
};

std::optional<Around> around(std::string_view text, const ToolCall& call) {
  std::size_t name = text.find(call.name);
  if (name == text.npos) return std::nullopt;
  std::size_t after_name = name + call.name.size(), argument = text.find(R"("argument")", after_name);
  if (argument == text.npos) return std::nullopt;
  std::size_t arguments = text.rfind('{', argument);
  if (arguments == text.npos || arguments < after_name) return std::nullopt;
  std::size_t length = end_of_object(text.substr(arguments));
  if (length == 0) return std::nullopt;
  return Around{text.substr(0, name), text.substr(after_name, arguments - after_name), text.substr(arguments, length),
                text.substr(arguments + length)};
}

struct Ends {
  std::span<const std::string> tokens;  // that end an answer
  std::string_view of_turn;             // what follows a plain answer

  // A turn may end otherwise after a call than after a text ("<|eom_id|>").
  std::string_view cut(std::string_view text) const {
    std::size_t end = text.size();
    for (const std::string& token : tokens) {
      if (!token.empty()) end = std::min(end, text.find(token));
    }
    if (end == text.size() && text.ends_with(of_turn)) end -= of_turn.size();
    std::size_t last = text.substr(0, end).find_last_not_of(" \t\r\n");
    return text.substr(0, last == text.npos ? 0 : last + 1);
  }
};

// How much of what stands before a name is found only where a call begins.
std::size_t mark_length(std::string_view before) {
  auto to = [&](std::size_t at, std::size_t more) { return at == before.npos ? before.size() : at + more; };
  switch (before.front()) {
    case '{': return 0;
    case '<': return to(before.find('>'), 1);
    case '[': return to(before.find(']'), 1);
    default: return to(before.find('{'), 0);
  }
}

using Pieces = std::vector<AnswerReader::Piece>;

Pieces read(const AnswerForm& form, std::string_view text) {
  AnswerReader reader(form, true, false);
  Pieces pieces;
  reader.add(text, pieces);
  reader.finish(pieces);
  return pieces;
}

// The form of calls that stand in `once` and `twice` (empty: refused); nothing when it is none of ours.
std::optional<AnswerForm> form_of_calls(AnswerForm form, std::string_view once, std::string_view twice,
                                        const Ends& ends) {
  once = ends.cut(once), twice = ends.cut(twice);
  auto call = around(once, first);
  if (!call || call->before.empty()) return std::nullopt;
  std::size_t mark = mark_length(call->before);
  form.begin = call->before.substr(0, mark);
  form.open = with_holes(call->before.substr(mark));
  form.to_arguments = with_holes(call->between);
  form.end = with_holes(call->after);
  // A name must end somewhere, and after that come the arguments, not something around them (Gemma 4).
  std::size_t last = call->between.find_last_not_of(" \t\r\n");
  if (call->between.empty() || form.to_arguments.starts_with(id_hole)) return std::nullopt;
  if (last != call->between.npos && call->between[last] == '{') return std::nullopt;
  using What = AnswerReader::What;
  std::string arguments(call->arguments);
  Pieces said{{What::call, first.name}, {What::arguments, arguments}};
  if (read(form, once) != said) return std::nullopt;
  auto again = around(twice, first);
  auto other = again ? around(again->after, second) : std::nullopt;
  if (!other) return form;
  form.next = with_holes(other->before);
  said.insert(said.end(), {{What::call, second.name}, {What::arguments, arguments}});
  if (read(form, twice) != said) form.next.clear();
  return form;
}

// Of OpenAI's open models, whose template writes calls in another order than the models do; a call ends the answer.
AnswerForm harmony_form() {
  return {.begin = "<|channel|>commentary to=functions.",
          .to_arguments = " <|constrain|>json<|message|>",
          .own_tools = true,
          .own_calls = true};
}

// Of Granite 3, whose template tells of calls in words and writes none.
AnswerForm granite_form() {
  return {.begin = "<|tool_call|>",
          .open = "[{\"name\": \"",
          .to_arguments = "\", \"arguments\": ",
          .next = "}, {\"name\": \"",
          .end = "}]",
          .own_tools = true};
}

}  // namespace

AnswerForm form_of_template(std::string_view source, std::span<const std::string> ends, const RenderLesson& render) {
  Tooling tools = lesson_tools();
  AnswerForm form = with_thoughts_of(source, {.own_tools = true, .own_calls = true});
  auto shown = [&](std::vector<Part> parts, bool answer_follows) {
    return render(form, answered_with(std::move(parts)), tools, answer_follows).value_or("");
  };
  std::string prompt = shown({}, true);
  bool writes_tools = prompt.contains(first.name) && prompt.contains(second.name);
  if (source.contains("<|channel|>analysis<|message|>") && writes_tools)
    return with_thoughts_of(source, harmony_form());
  AnswerForm as_text = with_thoughts_of(source, hermes_form());
  if (!writes_tools) return as_text;
  auto shows_results = [&] {
    Conversation past = answered_with({first});
    past.push_back(says(Role::tool, {ToolResult{.call = first.id, .text = std::string(result)}}));
    return render(form, past, tools, true).value_or("").contains(result);
  };
  std::string plain = shown({TextPart{std::string(plain_answer)}}, false);
  // Most take arguments as an object; some only as text.
  for (bool text_arguments : {false, true}) {
    form.text_arguments = text_arguments;
    std::string once = shown({first}, false), twice = shown({first, second}, false);
    auto learnt = form_of_calls(form, answer_in(once, prompt, form), answer_in(twice, prompt, form),
                                {.tokens = ends, .of_turn = end_of_turn(plain)});
    if (!learnt || !shows_results()) continue;
    ToolCall long_id = first;
    long_id.id = "call_0123456789ABCDEFGHIJKLMN";
    bool holes = (learnt->open + learnt->to_arguments + learnt->end).contains(id_hole);
    learnt->short_ids = holes || shown({long_id}, false).empty();
    return *learnt;
  }
  form = with_thoughts_of(source, granite_form());
  return source.contains("<|tool_call|> followed by a JSON list") && shows_results() ? form : as_text;
}

}  // namespace entente::local
