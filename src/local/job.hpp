// Job: one chat inside the engine, with one Choice for each answer asked for. Owned by the engine's thread once
// started.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "domain/work.hpp"
#include "local/answer_channel.hpp"
#include "local/model.hpp"
#include "local/text_assembler.hpp"

namespace entente::local {

struct Choice {
  std::uint32_t index = 0;
  std::uint32_t sequence = 0;
  std::unique_ptr<TokenChooser> chooser;
  TextAssembler text;
  std::vector<TokenChoice> untold;  // log-probabilities of tokens whose text is still held back
  Token last = 0;                   // chosen, not yet computed
  std::uint32_t said = 0;           // tokens
  bool done = false;
};

struct Job {
  std::shared_ptr<const Chat> chat;
  std::vector<Token> prompt;
  std::uint32_t most_said = 0;  // by each choice
  std::shared_ptr<AnswerChannel> channel;

  std::size_t prompt_done = 0;  // tokens computed
  std::vector<Choice> choices;  // while it has sequences
  std::chrono::steady_clock::time_point began{};

  bool prompting() const { return prompt_done < prompt.size(); }
};

}  // namespace entente::local
