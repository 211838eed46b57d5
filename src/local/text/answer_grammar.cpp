#include "local/text/answer_grammar.hpp"

#include <algorithm>
#include <format>

#include "grammar/json_schema.hpp"

namespace entente::local {

using grammar::Grammar;
using grammar::JsonText;
using grammar::Node;

namespace {

constexpr std::uint32_t most_calls = 32;  // in one answer: a small model would go on and on

class Maker {
 public:
  Maker(Grammar& grammar, const Chat& chat, const AnswerForm& form)
      : g_(grammar), json_(grammar), chat_(chat), form_(form) {}

  Result<Node> answer(bool thinking) {
    TRY_ASSIGN(Node said, body());
    Node space = g_.repeat(blank(), 0, 4);
    Node after = g_.sequence({space, said});
    if (thinking) return g_.sequence({g_.until(form_.thought_end), after});
    if (form_.thought_begin.empty() || chat_.reasoning_effort == ReasoningEffort::none) return said;
    return g_.choice({said, g_.sequence({g_.literal(form_.thought_begin), g_.until(form_.thought_end), after})});
  }

 private:
  Node blank() {
    grammar::Bytes set;
    set.set(' ').set('\n');
    return g_.bytes(set);
  }

  Result<Node> body() {
    bool free = chat_.format.kind == AnswerFormat::Kind::text;
    if (!chat_.tooling.may_call()) return content();
    TRY_ASSIGN(Node called, calls());
    if (chat_.tooling.use == ToolUse::required) return called;
    if (!free) {
      TRY_ASSIGN(Node formed, content());
      return g_.choice({formed, called});
    }
    std::string_view mark = form_.begin.empty() ? form_.open : form_.begin;
    mark = mark.substr(0, mark.find(id_hole));
    // Text that has a mark of its own must begin with it: other headers of a message are calls, or nothing we know.
    Node text = g_.sequence({literal(form_.text_begin), g_.without(mark)});
    if (form_.begin.empty() || !form_.text_begin.empty()) return g_.choice({text, called});
    // After any text; the mark is read by the first part.
    Node later = g_.sequence({g_.until(mark), without_begin_});
    return g_.choice({text, later});
  }

  Node literal(std::string_view text) { return text.empty() ? g_.nothing() : g_.literal(text); }

  Node mark(std::string_view text) {
    std::size_t hole = text.find(id_hole);
    if (hole == text.npos) return literal(text);
    grammar::Bytes letters;
    for (char c : id_letters) letters.set(static_cast<unsigned char>(c));
    Node id = g_.repeat(g_.bytes(letters), id_length, id_length);
    return g_.sequence({literal(text.substr(0, hole)), id, mark(text.substr(hole + 1))});
  }

  Result<Node> content() {
    if (chat_.format.kind == AnswerFormat::Kind::text) return g_.repeat(g_.range(0, 255), 0, grammar::unbounded);
    Node formed = json_.object();
    if (chat_.format.kind == AnswerFormat::Kind::json_schema) {
      TRY_ASSIGN(formed, grammar::json_schema(
                             g_, json_, chat_.format.schema,
                             {.lenient = !chat_.format.strict, .param = "response_format.json_schema.schema"}));
    }
    return g_.sequence({literal(form_.text_begin), formed});
  }

  Result<Node> calls() {
    std::vector<Node> ways;
    for (std::size_t i = 0; i < chat_.tooling.tools.size(); ++i) {
      const Tool& tool = chat_.tooling.tools[i];
      const auto& allowed = chat_.tooling.allowed;
      if (!allowed.empty() && !std::ranges::contains(allowed, tool.name)) continue;
      Node arguments = g_.literal("{}");
      if (!tool.parameters.empty()) {
        std::string param = std::format("tools[{}].function.parameters", i);
        TRY_ASSIGN(arguments,
                   grammar::json_schema(g_, json_, tool.parameters, {.lenient = !tool.strict, .param = param}));
      }
      ways.push_back(g_.sequence({g_.literal(tool.name), mark(form_.to_arguments), arguments}));
    }
    Node one = g_.choice(std::move(ways));
    std::uint32_t more = chat_.tooling.parallel && form_.can_call_again() ? most_calls - 1 : 0;
    Node others = g_.repeat(g_.sequence({mark(form_.next), one}), 0, more);
    without_begin_ = g_.sequence({mark(form_.open), one, others, mark(form_.end)});
    return g_.sequence({literal(form_.begin), without_begin_});
  }

  Grammar& g_;
  JsonText json_;
  const Chat& chat_;
  const AnswerForm& form_;
  Node without_begin_ = 0;
};

}  // namespace

Result<std::shared_ptr<const Grammar>> answer_grammar(const Chat& chat, const AnswerForm& form, bool thinking) {
  if (!chat.tooling.may_call() && chat.format.kind == AnswerFormat::Kind::text) return nullptr;
  auto grammar = std::make_shared<Grammar>();
  TRY_ASSIGN(Node root, Maker(*grammar, chat, form).answer(thinking));
  grammar->set_root(root);
  return grammar;
}

std::string grammar_key(const Chat& chat, bool thinking) {
  std::string key;
  auto add = [&key](std::string_view text) { key += std::format("{}:{};", text.size(), text); };
  add(std::format("{} {} {} {} {} {}", thinking, static_cast<int>(chat.format.kind), chat.format.strict,
                  static_cast<int>(chat.tooling.use), chat.tooling.parallel,
                  chat.reasoning_effort == ReasoningEffort::none));
  add(chat.format.schema);
  for (const Tool& tool : chat.tooling.tools) {
    add(tool.name);
    add(tool.parameters);
    add(tool.strict ? "s" : "");
  }
  for (const std::string& name : chat.tooling.allowed) add(name);
  return key;
}

}  // namespace entente::local
