// For tests of reply decoders: a recorded answer fed in fragments, and its events as one line of text each.
#pragma once

#include <algorithm>
#include <format>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

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
    std::string operator()(const Score& s) const { return std::format("score {} of {}", s.value, s.index); }
    std::string operator()(const PictureMade& p) const {
      std::string what =
          p.sketch ? std::format("sketch {} of {}", *p.sketch, p.index) : std::format("picture {}", p.index);
      return what + ": " + (p.picture->url.empty() ? p.picture->bytes : p.picture->url);
    }
    std::string operator()(const Sound& s) const { return "sound " + s.bytes; }
    std::string operator()(const Transcribed& t) const {
      return std::format("transcribed {} {} {}", t.details->language, t.details->segments, t.details->words);
    }
    std::string operator()(const Judged& j) const {
      std::string line = std::format("judged {}{}", j.judgement->index, j.judgement->flagged ? " flagged" : "");
      for (std::size_t i = 0; i < harms.size(); ++i) {
        if (j.judgement->categories[i].found) line.append(" ").append(harms[i]);
      }
      return line;
    }
    std::string operator()(const Counted& c) const { return std::format("counted {}", c.tokens); }
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

// A stream cut in two at each byte of its first 2 kB says the same; one that ends there says the beginning of it, and
// that it was cut, unless its end had been told.
template <class Make>
void expect_the_same_at_every_cut(Make make, std::string_view bytes, const std::vector<std::string>& whole) {
  auto without_usage = [](std::vector<std::string> lines) {
    std::erase_if(lines, [](const std::string& line) { return line.starts_with("usage "); });
    return lines;
  };
  for (std::size_t cut = 1; cut < std::min<std::size_t>(bytes.size(), 2048); ++cut) {
    auto in_two = make();
    std::vector<Event> events;
    Result<> done = in_two->feed(bytes.substr(0, cut), events);
    if (done) done = in_two->feed(bytes.substr(cut), events);
    if (done) done = in_two->end(events);
    std::vector<std::string> lines;
    lines.reserve(events.size() + 1);
    for (const Event& event : events) lines.push_back(as_text(event));
    if (!done) lines.push_back("failed: " + done.error().reason);
    ASSERT_EQ(lines, whole) << "in two at byte " << cut;

    auto ended = make();
    std::vector<std::string> said = replay(*ended, bytes.substr(0, cut), cut);
    bool failed = !said.empty() && said.back().starts_with("failed: ");
    if (failed && said != whole) said.pop_back();
    std::vector<std::string> told = without_usage(said), all = without_usage(whole);
    ASSERT_LE(told.size(), all.size()) << "ended at byte " << cut;
    ASSERT_TRUE(std::equal(told.begin(), told.end(), all.begin())) << "ended at byte " << cut;
    ASSERT_TRUE(failed || told == all) << "ended at byte " << cut << " as if it were whole";
  }
}

inline constexpr std::size_t replay_fragments[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 1'000'000};

}  // namespace entente::wire
