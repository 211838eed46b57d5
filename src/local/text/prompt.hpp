// From a conversation to a prompt, so that what a person wrote stays what a person wrote.
//
// A chat template marks who speaks with control tokens ("<|im_start|>system"). If their spelling inside a message
// became the same token, anybody could put words into the system's mouth. guard() wraps each spelling of a control
// token found in a message or a tool into two marks; split_guarded() takes the rendered prompt apart at the marks
// again, and what stood between them is read as plain text. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/conversation.hpp"
#include "domain/tooling.hpp"

namespace entente::local {

// The spellings of a vocabulary's control tokens.
class ControlSpellings {
 public:
  explicit ControlSpellings(std::vector<std::string> spellings);

  // The length of the longest spelling that `text` begins with; 0: none.
  std::size_t at_begin_of(std::string_view text) const;

 private:
  std::vector<std::string> spellings_;  // sorted
  bool first_bytes_[256] = {};
};

struct Marks {
  std::string open, close;
  std::string picture;  // stands for one in what is rendered
};

// The marks are characters that no message holds.
Marks guard(Conversation& conversation, Tooling& tooling, const ControlSpellings& spellings);
inline Marks guard(Conversation& conversation, const ControlSpellings& spellings) {
  Tooling none;
  return guard(conversation, none, spellings);
}

struct PromptPart {
  std::string_view text;
  bool plain = false;  // what a person wrote: no control tokens
  friend bool operator==(const PromptPart&, const PromptPart&) = default;
};

std::vector<PromptPart> split_guarded(std::string_view rendered, const Marks& marks);

}  // namespace entente::local
