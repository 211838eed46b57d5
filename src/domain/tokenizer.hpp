// What is known of the way a model reads texts, beside its tokens: for harnesses that prepare prompts themselves.
#pragma once

#include <cstdint>
#include <string>

namespace entente {

struct TokenizerInfo {
  std::string begin, end;            // spellings of the tokens before and after a text; empty: there is none
  std::string chat_template;         // Jinja; empty: the model cannot chat
  std::uint32_t context_tokens = 0;  // prompt and answer together
};

}  // namespace entente
