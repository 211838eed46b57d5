// A conversation, as every dialect's messages become it: who said what. Text only in this form; images, tool calls and
// tool results join as further kinds of Part.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace entente {

enum class Role { system, developer, user, assistant };

std::string_view to_string(Role role);

struct Message {
  Role role = Role::user;
  std::string text;  // well-formed UTF-8
  std::string name;  // the speaker's name where the dialect has one
};

using Conversation = std::vector<Message>;

}  // namespace entente
