// Every stream of tests/golden, cut: no beginning of it can be taken for an answer that has come to its end, and who
// gets it in two pieces sees what he would have seen at once.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "wire/anthropic/messages_reply.hpp"
#include "wire/gathered.hpp"
#include "wire/golden/test_cases.hpp"
#include "wire/openai/chat_reply.hpp"
#include "wire/sse_reader.hpp"
#include "wire/test_reply.hpp"

namespace entente::wire::golden {
namespace {

constexpr std::size_t most_cuts = 2048;

// What a client of a stream sees: events by name and data, or lines; each only when it is whole.
class Client {
 public:
  using Seen = std::vector<std::pair<std::string, std::string>>;
  explicit Client(bool lines) : lines_(lines) {}

  void feed(std::string_view bytes) {
    if (lines_) return feed_lines(bytes);
    events_.feed(bytes);
    while (true) {
      auto event = events_.next();
      ASSERT_TRUE(event) << event.error().message;
      if (!*event) return;
      seen_.emplace_back((*event)->name, (*event)->data);
    }
  }
  const Seen& seen() const { return seen_; }

 private:
  void feed_lines(std::string_view bytes) {
    for (char byte : bytes) {
      if (byte != '\n') {
        line_ += byte;
        continue;
      }
      seen_.emplace_back("", std::exchange(line_, {}));
    }
  }

  const bool lines_;
  SseReader events_;
  std::string line_;
  Seen seen_;
};

class GoldenCut : public testing::TestWithParam<GoldenCase> {
 protected:
  void SetUp() override {
    auto made = play(GetParam());
    ASSERT_TRUE(made) << made.error().message;
    played_ = std::move(*made);
    ASSERT_FALSE(played_.stream.empty());
  }
  static bool lines() { return GetParam().dialect->last_words.empty(); }

  // Whether the client would think that all has come.
  static bool says_the_end(const std::pair<std::string, std::string>& event) {
    if (lines()) {
      auto line = parse_json(event.second);
      const Json* done = line ? line->find("done") : nullptr;
      return done && done->as<bool>() && *done->as<bool>();
    }
    const auto& [name, data] = event;
    auto json = parse_json(data);  // some clients look at the type in the data, not at the event's name
    const std::string* type = json ? json->text("type") : nullptr;
    return std::ranges::any_of(GetParam().dialect->last_words, [&](std::string_view word) {
      return name == word || data == word || (type && *type == word);
    });
  }

  Played played_;
};

TEST_P(GoldenCut, NoBeginningIsTakenForACleanEnd) {
  Client client(lines());
  std::string_view stream = played_.stream;
  std::size_t looked_at = 0;
  for (std::size_t cut = 0; cut < stream.size(); ++cut) {
    for (; looked_at < client.seen().size(); ++looked_at)
      ASSERT_FALSE(says_the_end(client.seen()[looked_at])) << "within the first " << cut << " bytes";
    client.feed(stream.substr(cut, 1));
  }
  ASSERT_FALSE(client.seen().empty());
  EXPECT_EQ(says_the_end(client.seen().back()), !played_.script.failure) << client.seen().back().second;
}

TEST_P(GoldenCut, TwoPiecesAreSeenAsOne) {
  std::string_view stream = played_.stream;
  Client at_once(lines());
  at_once.feed(stream);
  ASSERT_FALSE(at_once.seen().empty());
  for (std::size_t cut = 1; cut < std::min(stream.size(), most_cuts); ++cut) {
    Client in_two(lines());
    in_two.feed(stream.substr(0, cut));
    in_two.feed(stream.substr(cut));
    ASSERT_EQ(in_two.seen(), at_once.seen()) << "in two at byte " << cut;
  }
}

std::vector<GoldenCase> with_a_stream() {
  std::vector<GoldenCase> found = golden_cases();
  std::erase_if(found, [](const GoldenCase& one) {
    auto played = play(one);
    return played && played->stream.empty();
  });
  return found;
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenCut, testing::ValuesIn(with_a_stream()), test_name);

// Of the dialects whose streams are lines of JSON.
class GoldenLines : public GoldenCut {};

// Ollama's Python client ends a line at these, too.
TEST_P(GoldenLines, ALineIsOneLineToEverybody) {
  for (std::string_view text : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"})
    EXPECT_FALSE(played_.stream.contains(text));
}

std::vector<GoldenCase> with_lines() {
  std::vector<GoldenCase> found = with_a_stream();
  std::erase_if(found, [](const GoldenCase& one) { return !one.dialect->last_words.empty(); });
  return found;
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenLines, testing::ValuesIn(with_lines()), test_name);

// The readers with which this server reads makers of the same dialect: what it writes, it understands.
class GoldenReadAgain : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenReadAgain, CutAtEachByteAndAtOnce) {
  auto played = play(GetParam());
  ASSERT_TRUE(played) << played.error().message;
  auto make = [&]() -> std::unique_ptr<ReplyDecoder> {
    if (GetParam().dialect->folder == "openai-chat") return std::make_unique<ChatReply>(played->choices, 0);
    return std::make_unique<MessagesReply>(0);
  };
  auto reader = make();
  std::vector<std::string> whole = replay(*reader, played->stream, played->stream.size());
  EXPECT_EQ(whole.back().starts_with("failed: "), played->script.failure.has_value()) << whole.back();
  expect_the_same_at_every_cut(make, played->stream, whole);

  // The same texts, calls and ends as were written; what it tells of its thoughts, beginning and cost is the maker's
  // matter.
  std::vector<Event> events;
  auto again = make();
  Result<> done = again->feed(played->stream, events);
  if (done) done = again->end(events);
  // What is gathered has an end even where none was told.
  auto ends_of = [](const std::vector<Event>& told, std::uint32_t choice) {
    return std::ranges::count_if(told, [choice](const Event& event) {
      auto* finished = std::get_if<Finished>(&event);
      return finished && finished->choice == choice;
    });
  };
  Gathered read(played->choices), written(played->choices);
  for (const Event& event : events) read.add(event);
  for (const Event& event : played->script.events) written.add(event);
  for (std::uint32_t i = 0; i < played->choices; ++i) {
    const Gathered::Choice &there = read.choices[i], &here = written.choices[i];
    auto text = [&](const Gathered::Choice& choice) {
      return as_text(TextDelta{.choice = i, .text = choice.text, .logprobs = choice.logprobs});
    };
    EXPECT_EQ(text(there), text(here));
    EXPECT_EQ(there.calls, here.calls);
    EXPECT_EQ(there.finish, here.finish);
    EXPECT_EQ(ends_of(events, i), ends_of(played->script.events, i));
    // OpenAI's dialect does not say where it stopped.
    EXPECT_EQ(there.stop_sequence, GetParam().dialect->folder == "openai-chat" ? "" : here.stop_sequence);
  }
}

std::vector<GoldenCase> read_by_ourselves() {
  std::vector<GoldenCase> found = golden_cases();
  std::erase_if(found, [](const GoldenCase& one) {
    return one.dialect->folder != "openai-chat" && one.dialect->folder != "anthropic-messages";
  });
  return found;
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenReadAgain, testing::ValuesIn(read_by_ourselves()), test_name);

}  // namespace
}  // namespace entente::wire::golden
