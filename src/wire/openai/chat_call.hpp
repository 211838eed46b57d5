// A Chat as OpenAI's chat/completions asks for it: the outgoing half of the dialect whose incoming half is chat.hpp.
//
// Makers and servers that speak this dialect differ in small ways; CallForm says in which, as data. What a maker cannot
// take was refused before (providers/abilities.hpp), so nothing is dropped here but what has no effect. Answers are
// always asked for as a stream. Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"

namespace entente::wire {

struct CallForm {
  std::string_view max_tokens = "max_tokens";  // the member's name
  std::string_view seed = "seed";
  std::string_view thoughts;        // the member that takes thoughts back; empty: they are not sent back
  bool stream_options = true;       // knows stream_options.include_usage
  bool developer_role = false;      // else "system" is said
  bool strict_tools = true;         // knows "strict" in functions
  bool allowed_tools = false;       // knows tool_choice of type allowed_tools; else only those tools are sent
  bool named_tool_choice = true;    // knows tool_choice of one function
  bool parallel_tool_calls = true;  // knows the member
  bool image_detail = true;
  bool end_user = false;                         // knows "user"
  bool effort_none = false;                      // takes the effort "none"; else that is what saying nothing means
  bool reasoning_effort = true;                  // knows the member
  bool top_level_extensions = false;             // knows top_k, min_p and repetition_penalty
  bool speaker_names = true;                     // knows "name" in messages
  bool short_call_ids = false;                   // takes ids of calls with nine letters and digits only
  std::string_view required_calls = "required";  // the word of tool_choice
};

std::string encode_chat_call(const Chat& chat, std::string_view model, const CallForm& form);

}  // namespace entente::wire
