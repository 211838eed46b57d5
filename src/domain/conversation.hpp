// A conversation, as every dialect's messages become it: who said what. A message is a list of parts; most have one
// text. Tool calls belong to the assistant, their results to the role `tool`, and a result names its call by id.
//
// What a model cannot take is refused where the model is known (local/, providers/), never dropped: a part stands at
// the place it had in the client's message, so that the refusal can name it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace entente {

enum class Role { system, developer, user, assistant, tool };

std::string_view to_string(Role role);

struct TextPart {
  std::string text;  // well-formed UTF-8
  friend bool operator==(const TextPart&, const TextPart&) = default;
};

// Either an address, or a media type and the bytes.
struct ImagePart {
  std::string url;         // "https://…"; empty when the bytes came
  std::string media_type;  // "image/png"
  std::string bytes;
  std::string detail;  // OpenAI's "low", "high", "auto"; empty: not said
  friend bool operator==(const ImagePart&, const ImagePart&) = default;
};

// What the model thought before it spoke. A `signature` proves to its maker that the text is the model's own.
struct ReasoningPart {
  std::string text;
  std::string signature;
  bool sealed = false;  // the maker shows no text: the signature holds it, for the maker alone
  friend bool operator==(const ReasoningPart&, const ReasoningPart&) = default;
};

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;       // JSON text, as the model wrote it: it need not be valid
  std::string signature = {};  // its maker's, of the thoughts behind it, which the maker wants back with it
  friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

struct ToolResult {
  std::string call;  // id of the ToolCall
  std::string text;
  bool failed = false;  // the tool says that it could not
  friend bool operator==(const ToolResult&, const ToolResult&) = default;
};

using Part = std::variant<TextPart, ImagePart, ReasoningPart, ToolCall, ToolResult>;

struct Message {
  Role role = Role::user;
  std::vector<Part> parts;
  std::string name;  // the speaker's name where the dialect has one
};

using Conversation = std::vector<Message>;

// A message of one text, as most are.
Message said(Role role, std::string text);

// All its text parts, one after the other.
std::string text_of(const Message& message);

// Of everything a model would read: what the size of work is judged by before anybody counts tokens. A picture counts
// like 4 kB of text, about a thousand tokens, however many bytes its file has.
std::uint64_t bytes_of(const Message& message);
std::uint64_t bytes_of(const Conversation& conversation);
std::uint64_t bytes_of_text(const Conversation& conversation);  // the same without pictures

}  // namespace entente
