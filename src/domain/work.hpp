// Work: one thing to do, decoded from any dialect. Each kind is a struct; Work is the variant of them. Policy, ledger
// and routing look only at the Envelope, never at what is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/conversation.hpp"
#include "domain/sampling.hpp"
#include "domain/tooling.hpp"

namespace entente {

// Whether somebody waits for the answer now, or it may make room for those who do.
enum class Urgency { interactive, batch };

// How hard a model that thinks before it speaks should think; none: it should not.
enum class ReasoningEffort { none, minimal, low, medium, high };
std::string_view to_string(ReasoningEffort effort);

struct Chat {
  std::string model;  // the public name the client asked for
  Conversation conversation;
  Tooling tooling;
  AnswerFormat format;
  std::optional<ReasoningEffort> reasoning_effort;  // none: as the model does by itself
  std::optional<std::uint32_t> reasoning_budget;    // tokens to think in, where the client says so
  Sampling sampling;
  std::optional<std::uint32_t> max_tokens;  // per choice; none: as much as the context holds
  std::uint32_t choices = 1;
  std::vector<std::string> stop;  // none empty; generation ends before the first that appears
  bool logprobs = false;
  std::uint32_t top_logprobs = 0;  // 0 to 20, alternatives listed with each token
  Urgency urgency = Urgency::interactive;
  std::string end_user;  // the person behind the client, if the dialect names one
};

using Work = std::variant<Chat>;

// What a deployment must be able to do to take a piece of work as it is asked.
struct Needs {
  bool tools = false;   // the model may call some
  bool schema = false;  // the answer, or a call's arguments, must follow a schema
  bool vision = false;  // there are images to look at
  friend bool operator==(const Needs&, const Needs&) = default;
};

// What may be known of any work without reading it.
struct Envelope {
  std::string model;
  std::string kind;                // "chat"
  std::uint64_t prompt_bytes = 0;  // conversation, tools and schemas
  Needs needs;
  std::uint32_t choices = 1;
  std::optional<std::uint32_t> max_tokens;
  std::vector<std::string> labels;  // "health", …: from the key, the project, a header, or detection
};

Envelope envelope_of(const Work& work);

}  // namespace entente
