// A conversation as Anthropic, Gemini and Bedrock want it: what the system says apart, then turns of user and assistant
// that alternate, results of tools in the user's. Pure; it points into the conversation.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/conversation.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

struct Turn {
  bool assistant = false;
  std::vector<const Part*> parts;
};

struct Turns {
  std::vector<std::string_view> system;  // its texts, wherever they stood
  std::vector<Turn> turns;
};

Turns turns_of(const Conversation& conversation);

// The turns as the values of an array: {"role": …, PARTS: […]}. `write` writes a part, whatever kind it is of.
template <class Write>
void write_turns(JsonWriter& json, const Turns& turns, std::string_view assistant, std::string_view parts,
                 const Write& write) {
  for (const Turn& turn : turns.turns) {
    json.begin_object().key("role").string(turn.assistant ? assistant : "user").key(parts).begin_array();
    for (const Part* part : turn.parts) std::visit(write, *part);
    json.end_array().end_object();
  }
}

// A call's arguments as the JSON object that those makers take; what is none is kept as {"arguments": "…"}.
std::string as_object(std::string_view arguments);

// The name of the latest call before `part` that has this id; empty when there is none.
std::string_view name_of_call(const Conversation& conversation, std::string_view id);

}  // namespace entente::wire
