// For grammar_property_test.py, which has a judge that this program lacks: texts drawn at random from the grammar of a
// schema, and which of others that grammar accepts.
//
// Reads lines {"schema":…,"samples":9,"seed":1,"texts":["…"]}, answers each with {"samples":["…"],"accepts":[true]}, or
// {"error":"…","reason":"…","code":"…"} where there is no grammar.
#include <cstdio>
#include <iostream>
#include <memory>
#include <random>
#include <string>

#include "grammar/automaton.hpp"
#include "grammar/json_schema.hpp"
#include "wire/json_writer.hpp"

using namespace entente;

namespace {

Result<std::shared_ptr<grammar::Automaton>> automaton_of(std::string_view schema) {
  auto made = std::make_shared<grammar::Grammar>();
  grammar::JsonText json(*made);
  TRY_ASSIGN(grammar::Node root, grammar::json_schema(*made, json, schema, {}));
  made->set_root(root);
  return std::make_shared<grammar::Automaton>(made);
}

bool accepts(grammar::Automaton& automaton, std::string_view text) {
  grammar::Automaton::State state = automaton.start();
  for (char c : text) state = automaton.step(state, static_cast<unsigned char>(c));
  return state != grammar::Automaton::dead && automaton.may_end(state);
}

// What brings a text nearer to its end is likelier, the more so the longer it is.
double weight(unsigned char byte, std::size_t length) {
  bool ends = byte == '"' || byte == '}' || byte == ']' || byte == ',';
  if (ends) return length > 200 ? 1000 : 12;
  if (byte >= 0x80 || byte == '\\') return 0.2;
  if (byte == ' ' || byte == '\n') return 0.3;
  return 1;
}

// Nothing: it found no end within the length of a page.
std::string sample(grammar::Automaton& automaton, std::mt19937& chance) {
  std::string text;
  grammar::Automaton::State state = automaton.start();
  while (text.size() < 4000) {
    if (automaton.must_end(state) || (automaton.may_end(state) && chance() % 3 == 0)) return text;
    std::vector<double> weights(256, 0.0);
    for (int byte = 0; byte < 256; ++byte) {
      if (automaton.step(state, static_cast<unsigned char>(byte)) != grammar::Automaton::dead)
        weights[static_cast<std::size_t>(byte)] = weight(static_cast<unsigned char>(byte), text.size());
    }
    auto chosen = static_cast<unsigned char>(std::discrete_distribution<int>(weights.begin(), weights.end())(chance));
    state = automaton.step(state, chosen);
    if (state == grammar::Automaton::dead) {
      text += "\x01 a dead end";  // no byte fits: the judge will say so
      return text;
    }
    text += static_cast<char>(chosen);
  }
  return {};
}

std::string answer(std::string_view line) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object();
  auto asked = wire::parse_json(line, 256);
  const wire::Json* schema = asked ? asked->find("schema") : nullptr;
  auto made = schema ? automaton_of(wire::to_json_text(*schema))
                     : Result<std::shared_ptr<grammar::Automaton>>(fail(ErrorCode::invalid_request, "no schema came"));
  if (!made) {
    json.key("error").string(made.error().message).key("reason").string(made.error().reason);
    json.key("code").string(to_string(made.error().code)).end_object();
    return out;
  }
  std::mt19937 chance(static_cast<std::uint32_t>(*asked->integer("seed")));
  json.key("samples").begin_array();
  for (std::int64_t i = 0; i < *asked->integer("samples"); ++i) {
    std::string text = sample(**made, chance);
    if (!text.empty()) json.string(text);
  }
  json.end_array().key("accepts").begin_array();
  if (const wire::Json::Array* texts = asked->array("texts")) {
    for (const wire::Json& text : *texts) json.boolean(accepts(**made, *text.as<std::string>()));
  }
  json.end_array().end_object();
  return out;
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::string said = answer(line);
    std::printf("%s\n", said.c_str());
    std::fflush(stdout);
  }
}
