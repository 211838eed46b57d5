// An answer put together from its events: what a dialect writes when it sends an answer whole. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/conversation.hpp"
#include "domain/event.hpp"

namespace entente::wire {

struct Gathered {
  struct Choice {
    std::string text;
    ReasoningPart reasoning;
    std::vector<ToolCall> calls;
    std::vector<TokenChoice> logprobs;
    FinishReason finish = FinishReason::stop;
    std::string stop_sequence;
  };
  std::vector<Choice> choices;
  Usage usage;

  explicit Gathered(std::uint32_t count) : choices(count) {}
  void add(const Event& event);
};

}  // namespace entente::wire
