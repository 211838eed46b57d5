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

namespace entente {

// Whether somebody waits for the answer now, or it may make room for those who do.
enum class Urgency { interactive, batch };

struct Chat {
  std::string model;  // the public name the client asked for
  Conversation conversation;
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

// What may be known of any work without reading it.
struct Envelope {
  std::string model;
  std::string kind;  // "chat"
  std::uint64_t prompt_bytes = 0;
  std::uint32_t choices = 1;
  std::optional<std::uint32_t> max_tokens;
  std::vector<std::string> labels;  // "health", …: from the key, the project, a header, or detection
};

Envelope envelope_of(const Work& work);

}  // namespace entente
