// The engine over a fake model: answers that come several tokens a step, because they copy or a draft model guesses.
#include <random>

#include "local/engine_fixture.hpp"

namespace entente::local {
namespace {

TEST_F(EngineTest, WhatAnAnswerCopiesComesSeveralTokensAStep) {
  watch->step_time = std::chrono::microseconds(200);  // however much is in a step: checking costs nothing
  make({.context_tokens = 2000, .sequences = 4});
  std::string noise = "The quick brown fox jumps over the lazy dog. ";
  read_all(**ask(chat(noise)));  // the engine learns its speed
  auto before = engine->stats();

  std::string copied = noise + "0123456789" + noise + "abcdef" + noise;
  auto limited = std::make_shared<Chat>(*chat(copied));
  limited->max_tokens = 70;
  auto stopped = std::make_shared<Chat>(*chat(copied));
  stopped->stop = {"456"};
  auto several = std::make_shared<Chat>(*chat(copied));
  several->choices = 2;
  std::vector<std::unique_ptr<EventStream>> streams;
  for (const auto& asked : {chat(copied), std::shared_ptr<const Chat>(limited), std::shared_ptr<const Chat>(stopped),
                            std::shared_ptr<const Chat>(several)})
    streams.push_back(std::move(*ask(asked)));
  Answer whole = read_all(*streams[0]), cut = read_all(*streams[1]), stop = read_all(*streams[2]),
         both = read_all(*streams[3]);
  EXPECT_EQ(whole.texts[0], copied);
  EXPECT_EQ(whole.usage->completion_tokens, static_cast<std::int64_t>(copied.size()));
  EXPECT_EQ(cut.texts[0], copied.substr(0, 70));
  EXPECT_EQ(cut.reasons[0], FinishReason::length);
  EXPECT_EQ(cut.usage->completion_tokens, 70);
  EXPECT_EQ(stop.texts[0], noise + "0123");
  EXPECT_EQ(stop.reasons[0], FinishReason::stop);
  EXPECT_EQ(both.texts[0], copied);
  EXPECT_EQ(both.texts[1], copied);
  await_idle();
  auto after = engine->stats();
  EXPECT_GT(after.proposed_right, 200u);
  EXPECT_GE(after.proposed_tokens, after.proposed_right);
  EXPECT_EQ(after.cells_used, 0u);
  EXPECT_LT(after.steps - before.steps, copied.size()) << "more steps than the longest answer has tokens";

  make({.context_tokens = 2000, .sequences = 4}, {.proposals = false});
  read_all(**ask(chat(noise)));
  EXPECT_EQ(read_all(**ask(chat(copied))).texts[0], copied);
  EXPECT_EQ(engine->stats().proposed_tokens, 0u);
}

// What is copied from the conversation is seldom right in this text: each three letters stood there before, and went on
// in another way.
std::string three_letters(std::size_t count) {
  std::string text;
  std::mt19937 random(7);
  for (std::size_t i = 0; i < count; ++i) text += "abc"[random() % 3];
  return text;
}

// A draft model that says what the large one will say, but for each tenth token.
TEST_F(EngineTest, WhatADraftModelGuessesRightComesSeveralTokensAStep) {
  std::string text = three_letters(400);
  auto drafts = std::make_shared<FakeModel::Watch>();
  drafts->likeliest = [text](std::int32_t position) {
    std::size_t next = static_cast<std::size_t>(position) + 1;
    return next % 10 == 0 ? Token{'?'} : static_cast<Token>(static_cast<unsigned char>(text[next % text.size()]));
  };
  watch->step_time = std::chrono::microseconds(500);
  EngineInfo info{.context_tokens = 1000, .sequences = 4};
  engine = make_engine(std::make_unique<FakeModel>(watch, info), {},
                       std::make_unique<FakeModel>(drafts, EngineInfo{.context_tokens = 700, .sequences = 2}));
  read_all(**ask(chat(text)));  // the engine learns its speed
  auto before = engine->stats();
  EXPECT_EQ(read_all(**ask(chat(text))).texts[0], text);
  await_idle();
  auto after = engine->stats();
  EXPECT_GT(after.drafted_right - before.drafted_right, 150u);
  EXPECT_GT(after.drafted_tokens - before.drafted_tokens, after.drafted_right - before.drafted_right)
      << "the wrong ones were found";
  EXPECT_LT(after.steps - before.steps, 320u) << "beyond 700 tokens the small model has no room";

  // More answers at once than it has places, and some that leave: each is its own.
  std::vector<std::unique_ptr<EventStream>> streams;
  streams.reserve(12);
  for (std::size_t i = 0; i < 12; ++i) streams.push_back(std::move(*ask(chat(text.substr(0, 20 * i + 5)))));
  streams[3].reset();
  for (std::size_t i = 0; i < 12; ++i) {
    if (!streams[i]) continue;
    EXPECT_EQ(read_all(*streams[i]).texts[0], text.substr(0, 20 * i + 5));
  }
}

TEST_F(EngineTest, ADraftModelThatFailsIsDoneWithout) {
  std::string text = three_letters(400);
  auto drafts = std::make_shared<FakeModel::Watch>();
  drafts->likeliest = [](std::int32_t) { return Token{'a'}; };
  EngineInfo info{.context_tokens = 1000, .sequences = 2};
  watch->step_time = std::chrono::microseconds(500);
  engine = make_engine(std::make_unique<FakeModel>(watch, info), {}, std::make_unique<FakeModel>(drafts, info));
  {
    std::lock_guard lock(drafts->mutex);
    drafts->fail_next = true;
  }
  for (int times = 0; times < 2; ++times) EXPECT_EQ(read_all(**ask(chat(text))).texts[0], text);
  EXPECT_FALSE(drafts->fail_next) << "it was asked";
  EXPECT_EQ(engine->stats().drafted_tokens, 0u) << "and not again";
}

}  // namespace
}  // namespace entente::local
