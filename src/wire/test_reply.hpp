// For tests of reply decoders: a recorded answer fed in fragments, and its events as one line of text each.
#pragma once

#include <algorithm>
#include <format>
#include <string>
#include <string_view>
#include <vector>

#include "wire/reply.hpp"

namespace entente::wire {

inline std::string as_text(const Event& event) {
  struct Line {
    std::string operator()(const Started& s) const {
      return s.prompt_tokens ? std::format("started {} ({} cached)", s.prompt_tokens, s.cached_tokens) : "started";
    }
    std::string operator()(const TextDelta& d) const {
      std::string line = std::format("{} text {}", d.choice, d.text);
      for (const TokenChoice& token : d.logprobs)
        line += std::format(" [{} {} +{}]", token.chosen.token, token.chosen.logprob, token.top.size());
      return line;
    }
    std::string operator()(const ReasoningDelta& d) const {
      return std::format("{} thought {}{}", d.choice, d.text, d.signature.empty() ? "" : " signed " + d.signature);
    }
    std::string operator()(const ToolCallDelta& d) const {
      std::string id = d.id.starts_with("call_") && d.id.size() == 29 ? "made-up" : d.id;
      return std::format("{} call {} {} {} {}", d.choice, d.index, id, d.name, d.arguments);
    }
    std::string operator()(const Finished& f) const {
      return std::format("{} {}{}", f.choice, to_string(f.reason),
                         f.stop_sequence.empty() ? "" : " at " + f.stop_sequence);
    }
    std::string operator()(const Vector& v) const { return std::format("vector {} of {}", v.index, v.values.size()); }
    std::string operator()(const Usage& u) const {
      return std::format("usage {} ({} cached) {} ({} thought)", u.prompt_tokens, u.cached_tokens, u.completion_tokens,
                         u.reasoning_tokens);
    }
  };
  return std::visit(Line{}, event);
}

// The events, and at the end the error's reason where there is one.
inline std::vector<std::string> replay(ReplyDecoder& decoder, std::string_view bytes, std::size_t fragment) {
  std::vector<Event> events;
  Result<> done;
  for (; !bytes.empty() && done; bytes.remove_prefix(std::min(fragment, bytes.size())))
    done = decoder.feed(bytes.substr(0, fragment), events);
  if (done) done = decoder.end(events);
  std::vector<std::string> lines;
  lines.reserve(events.size() + 1);
  for (const Event& event : events) lines.push_back(as_text(event));
  if (!done) lines.push_back("failed: " + done.error().reason);
  return lines;
}

inline constexpr std::size_t replay_fragments[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 1'000'000};

}  // namespace entente::wire
