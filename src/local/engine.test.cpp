// The engine over a fake model: what it promises whatever the model says.
#include "local/engine.hpp"

#include <array>
#include <set>

#include <gmock/gmock.h>

#include "local/engine_fixture.hpp"

namespace entente::local {
namespace {

TEST_F(EngineTest, AnswersWithTextUsageAndAReason) {
  make();
  auto stream = ask(chat("hello"));
  Answer answer = read_all(**stream);
  EXPECT_EQ(answer.texts[0], "hello");
  EXPECT_EQ(answer.reasons[0], FinishReason::stop);
  EXPECT_EQ(answer.usage, (Usage{.prompt_tokens = 5, .completion_tokens = 5}));
  EXPECT_EQ((*stream)->usage_so_far(), *answer.usage);
}

TEST_F(EngineTest, ManyAnswersShareTheStepsAndNoneMixesWithAnother) {
  make();
  std::vector<std::unique_ptr<EventStream>> streams;
  streams.reserve(20);
  for (int i = 0; i < 20; ++i)
    streams.push_back(
        std::move(*ask(chat(std::string(static_cast<std::size_t>(i % 7) * 5 + 1, static_cast<char>('a' + i))))));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(read_all(*streams[static_cast<std::size_t>(i)]).texts[0],
              std::string(static_cast<std::size_t>(i % 7) * 5 + 1, static_cast<char>('a' + i)));
  }
  await_idle();
  EXPECT_LT(engine->stats().steps, engine->stats().completion_tokens) << "no two answers were ever in one step";
}

TEST_F(EngineTest, ChoicesShareOneComputedPrompt) {
  make();
  auto asked = std::make_shared<Chat>(*chat("choices"));
  asked->choices = 3;
  Answer answer = read_all(**ask(asked));
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(answer.texts[i], "choices") << i;
  EXPECT_EQ(answer.usage, (Usage{.prompt_tokens = 7, .completion_tokens = 21}));
  EXPECT_EQ(engine->stats().prompt_tokens, 7u);
}

TEST_F(EngineTest, EndsAtTheTokenLimitAtAStopAndAtTheEndOfTheContext) {
  make({.context_tokens = 12, .sequences = 1});
  auto limited = std::make_shared<Chat>(*chat("0123456"));
  limited->max_tokens = 3;
  Answer answer = read_all(**ask(limited));
  EXPECT_EQ(answer.texts[0], "012");
  EXPECT_EQ(answer.reasons[0], FinishReason::length);
  EXPECT_EQ(answer.usage->completion_tokens, 3);

  auto stopping = std::make_shared<Chat>(*chat("0123456"));
  stopping->stop = {"34"};
  stopping->logprobs = true;
  answer = read_all(**ask(stopping));
  EXPECT_EQ(answer.texts[0], "012");
  EXPECT_EQ(answer.reasons[0], FinishReason::stop);
  EXPECT_EQ(answer.logprobs.size(), 3u);

  answer = read_all(**ask(chat("01234567")));
  EXPECT_EQ(answer.texts[0], "0123") << "8 tokens of prompt and 4 of answer fill the context";
  EXPECT_EQ(answer.reasons[0], FinishReason::length);
}

TEST_F(EngineTest, WhatCannotFitIsRefusedBeforeItStarts) {
  make({.context_tokens = 10, .sequences = 2});
  auto refused = offer(chat("0123456789"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::context_too_long);
  EXPECT_EQ(refused.error().reason, "context_length_exceeded");
  auto many = std::make_shared<Chat>(*chat("x"));
  many->choices = 3;
  refused = offer(many);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().param, "n");
  EXPECT_EQ(watch->computing, 0);
}

TEST_F(EngineTest, MoreThanMayWaitIsRefusedAndATicketGivesItsPlaceBack) {
  make({.context_tokens = 50, .sequences = 1}, {.waiting = 1});
  watch->set_gate(false);
  auto running = ask(chat("a"));
  watch->await_step(1);
  auto ticket = offer(chat("b"));
  ASSERT_TRUE(ticket);
  EXPECT_GT((*ticket)->expected_wait().count(), 0);
  auto refused = offer(chat("c"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::rate_limited);
  EXPECT_GE(refused.error().retry_after, std::chrono::seconds(1));
  ticket->reset();
  EXPECT_TRUE(offer(chat("d")));
  EXPECT_TRUE(offer(chat("e"), "another tenant"));
  watch->set_gate(true);
}

TEST_F(EngineTest, AReaderWhoLeavesEndsTheStepItIsAloneIn) {
  make();
  watch->set_gate(false);
  auto stream = ask(chat("forever"));
  watch->await_step(1);
  stream->reset();  // the gate stays shut: only an abort ends this step
  await_idle();
  EXPECT_EQ(engine->stats().completion_tokens, 0u);
  watch->set_gate(true);
  EXPECT_EQ(read_all(**ask(chat("next"))).texts[0], "next") << "its sequence is free and empty again";
}

TEST_F(EngineTest, AReaderWhoLeavesDisturbsNobodyElse) {
  make();
  watch->set_gate(false);
  auto leaving = ask(chat(std::string(40, 'x'))), staying = ask(chat("stay"));
  watch->await_step(1);
  leaving->reset();
  watch->set_gate(true);
  EXPECT_EQ(read_all(**staying).texts[0], "stay");
  await_idle();
  EXPECT_LT(engine->stats().completion_tokens, 40u);
}

TEST_F(EngineTest, WhoWaitsIsCounted) {
  make({.context_tokens = 200, .sequences = 1});
  watch->step_time = std::chrono::microseconds(500);
  auto running = ask(chat(std::string(150, 'r')));
  watch->await_step(1);
  std::vector<std::unique_ptr<EventStream>> waiting;
  waiting.reserve(3);
  for (int i = 0; i < 3; ++i) waiting.push_back(std::move(*ask(chat("w"))));
  while (engine->stats().waiting != 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(engine->stats().running, 1u) << "long before anything has ended";
}

TEST_F(EngineTest, AReaderWhoLeavesTheQueueIsForgotten) {
  make({.context_tokens = 50, .sequences = 1});
  watch->set_gate(false);
  auto running = ask(chat("run"));
  watch->await_step(1);
  auto waiting = ask(chat("wait"));
  auto another = ask(chat("more"));
  waiting->reset();
  watch->set_gate(true);
  EXPECT_EQ(read_all(**running).texts[0], "run");
  EXPECT_EQ(read_all(**another).texts[0], "more");
  await_idle();
  EXPECT_EQ(engine->stats().prompt_tokens, 7u);
}

TEST_F(EngineTest, ASlowReaderRestsAndOthersGoOn) {
  make({.context_tokens = 2000, .sequences = 2});
  auto slow = ask(chat(std::string(900, 's')));
  while (engine->stats().completion_tokens < 200) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(read_all(**ask(chat("quick"))).texts[0], "quick");
  // Nobody reads `slow`: it must come to rest far from its end.
  std::uint64_t before = 0;
  while (before != engine->stats().completion_tokens) {
    before = engine->stats().completion_tokens;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LT(before, 500u);
  EXPECT_EQ(read_all(**slow).texts[0], std::string(900, 's')) << "and it goes on when it is read";
}

TEST_F(EngineTest, AGreedyTenantMakesRoom) {
  make({.context_tokens = 1000, .sequences = 4}, {.prefix_bytes = 0});
  watch->step_time = std::chrono::microseconds(50);
  std::vector<std::unique_ptr<EventStream>> greedy;
  greedy.reserve(12);
  for (int i = 0; i < 12; ++i)
    greedy.push_back(std::move(*ask(chat(std::string(200, static_cast<char>('a' + i))), "greedy")));
  while (engine->stats().completion_tokens < 100) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(read_all(**ask(chat("me too"), "modest")).texts[0], "me too");
  EXPECT_GT(engine->stats().waiting, 0u) << "before all of the greedy one's work was done";
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(read_all(*greedy[static_cast<std::size_t>(i)]).texts[0], std::string(200, static_cast<char>('a' + i)));
}

TEST_F(EngineTest, AFailedStepEndsItsAnswersAndOnlyThose) {
  make();
  {
    std::lock_guard lock(watch->mutex);
    watch->fail_next = true;
  }
  Answer answer = read_all(**ask(chat("unlucky")));
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->code, ErrorCode::unavailable);
  EXPECT_EQ(read_all(**ask(chat("lucky"))).texts[0], "lucky");
}

TEST_F(EngineTest, StoppingEndsEveryStreamWithAnError) {
  make({.context_tokens = 50, .sequences = 1});
  watch->set_gate(false);
  auto running = ask(chat("run")), waiting = ask(chat("wait"));
  auto unstarted = offer(chat("late"));
  watch->await_step(1);
  engine.reset();
  EXPECT_EQ(read_all(**running).error->code, ErrorCode::unavailable);
  EXPECT_EQ(read_all(**waiting).error->code, ErrorCode::unavailable);
  EXPECT_EQ((*unstarted)->start().error().code, ErrorCode::unavailable);
}

// The fake model fails a step that mixes adapters, and one over cells that another adapter computed.
TEST_F(EngineTest, AStepHoldsOneAdapterAndEveryAnswerIsItsOwn) {
  make({.context_tokens = 200, .sequences = 6});
  const std::array<std::string, 3> adapters{"", "a", "b"};
  std::vector<std::unique_ptr<EventStream>> streams;
  auto text = [](std::size_t i) { return std::string(i % 5 * 9 + 20, static_cast<char>('a' + i)); };
  streams.reserve(18);
  for (std::size_t i = 0; i < 18; ++i)
    streams.push_back(std::move(*ask(chat(text(i)), i % 2 ? "t" : "u", adapters.at(i % 3))));
  for (std::size_t i = 0; i < streams.size(); ++i) EXPECT_EQ(read_all(*streams[i]).texts[0], text(i));
  await_idle();
  EXPECT_EQ(std::set(watch->adapters.begin(), watch->adapters.end()), (std::set<std::uint32_t>{0, 1, 2}));
  EXPECT_LT(engine->stats().steps, engine->stats().completion_tokens) << "no two answers were ever in one step";
}

TEST_F(EngineTest, AnAdapterThatIsNotThereIsRefusedByName) {
  make();
  auto refused = offer(chat("x"), "t", "c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
  EXPECT_EQ(watch->computing, 0);
}

}  // namespace
}  // namespace entente::local
