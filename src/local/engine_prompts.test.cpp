// The engine over a fake model: what it does with prompts that are computed, in memory, of work that is parked, and on
// a disk.
#include <gmock/gmock.h>

#include "local/engine_fixture.hpp"
#include "local/memory/test_shelf.hpp"

namespace entente::local {
namespace {

TEST_F(EngineTest, AConversationsEarlierTurnsAreNotComputedAgain) {
  make({.context_tokens = 200, .sequences = 1}, {.prefix_bytes = 10'000});
  std::string first(40, 'a');
  EXPECT_EQ(read_all(**ask(chat(first))).usage->cached_tokens, 0);
  // The fake answers with the prompt itself: the next turn begins with both.
  Answer second = read_all(**ask(chat(first + first + "and more")));
  EXPECT_EQ(second.texts[0], first + first + "and more");
  EXPECT_EQ(second.usage->prompt_tokens, 88);
  EXPECT_EQ(second.usage->cached_tokens, 80);
  EXPECT_EQ(engine->stats().prompt_tokens, 40u + 8u);
  EXPECT_EQ(read_all(**ask(chat(first + first + "and more"), "another tenant")).usage->cached_tokens, 0)
      << "nobody learns from the time it takes what another tenant asked";
}

TEST_F(EngineTest, ASharedPromptThatIsBeingComputedIsWaitedFor) {
  make({.context_tokens = 400, .sequences = 4}, {.prefix_bytes = 10'000});
  watch->set_gate(false);
  std::string system(150, 's');
  std::vector<std::unique_ptr<EventStream>> streams;
  for (char c : {'1', '2', '3', '4'}) streams.push_back(std::move(*ask(chat(system + c + c))));
  watch->await_step(1);
  watch->set_gate(true);
  for (auto& stream : streams) EXPECT_EQ(read_all(*stream).texts[0].size(), 152u);
  EXPECT_EQ(engine->stats().prompt_tokens, 152u + 3u * 2u);
}

TEST_F(EngineTest, WhoWaitsForASharedPromptGoesOnWhenItsOwnerLeaves) {
  make({.context_tokens = 400, .sequences = 4}, {.prefix_bytes = 10'000});
  watch->set_gate(false);
  std::string system(150, 's');
  auto leader = ask(chat(system + "leader")), waiting = ask(chat(system + "waiting"));
  watch->await_step(1);
  leader->reset();
  watch->set_gate(true);
  EXPECT_EQ(read_all(**waiting).texts[0], system + "waiting");
}

TEST_F(EngineTest, NobodyWaitsForAPromptThatIsParked) {
  make({.context_tokens = 2000, .sequences = 1}, {.prefix_bytes = 1'000'000});
  watch->set_gate(false);
  std::string shared(600, 's');
  auto patient = std::make_shared<Chat>(*chat(shared + "patient"));
  patient->urgency = Urgency::batch;
  auto batch = ask(patient);
  watch->await_step(1);
  auto follower = ask(chat(shared + "follows"));
  auto other = ask(chat("makes the batch work give its place back"), "another tenant");
  watch->set_gate(true);
  EXPECT_EQ(read_all(**follower).texts[0], shared + "follows");
  EXPECT_EQ(read_all(**batch).texts[0], shared + "patient");
  // Where the two prompts part, 'f' and 'p' stand: which was computed first?
  auto step_of = [&](char token) {
    return std::ranges::find_if(watch->steps, [token](const std::vector<BatchToken>& step) {
      return std::ranges::any_of(step, [token](const BatchToken& t) { return t.position == 600 && t.token == token; });
    });
  };
  EXPECT_LT(step_of('f'), step_of('p')) << "the parked one was not urgent, and nobody needed it";
}

// Its state rests among the computed prompts; where those have no room, what it held is computed again. The fake model
// fails a step that leaves out a position.
TEST_F(EngineTest, ParkedWorkGoesOnWithTheSameText) {
  for (std::uint64_t room : {1'000'000, 0, 700}) {
    watch = std::make_shared<FakeModel::Watch>();
    make({.context_tokens = 2000, .sequences = 2}, {.proposals = false, .prefix_bytes = room});
    watch->step_time = std::chrono::microseconds(50);
    std::string letters;
    for (int i = 0; i < 600; ++i) letters += static_cast<char>('a' + i % 26);
    std::vector<std::unique_ptr<EventStream>> batch;
    for (int i = 0; i < 2; ++i) {
      auto patient = std::make_shared<Chat>(*chat(letters));
      patient->urgency = Urgency::batch;
      batch.push_back(std::move(*ask(patient, "batch")));
    }
    while (engine->stats().completion_tokens < 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(read_all(**ask(chat("urgent"), "person")).texts[0], "urgent");
    EXPECT_GE(engine->stats().parked, 1u);
    for (auto& stream : batch) {
      Answer answer = read_all(*stream);
      EXPECT_EQ(answer.texts[0], letters);
      EXPECT_EQ(answer.usage->prompt_tokens, 600) << "what is computed twice counts once";
      EXPECT_EQ(answer.usage->completion_tokens, 600);
    }
    await_idle();
    std::uint64_t computed_once = 2 * 600 + 6;
    if (room == 1'000'000) {
      EXPECT_LE(engine->stats().prompt_tokens, computed_once);
    }
    if (room == 0) {
      EXPECT_GT(engine->stats().prompt_tokens, computed_once);
    }
  }
}

// Several choices of one prompt cannot be computed again, so what they hold stays with them.
TEST_F(EngineTest, ParkedChoicesKeepWhatTheyHold) {
  make({.context_tokens = 2000, .sequences = 2}, {.prefix_bytes = 0});
  watch->step_time = std::chrono::microseconds(50);
  std::string letters;
  for (int i = 0; i < 400; ++i) letters += static_cast<char>('a' + i % 26);
  auto patient = std::make_shared<Chat>(*chat(letters));
  patient->urgency = Urgency::batch;
  patient->choices = 2;
  auto stream = ask(patient, "batch");
  while (engine->stats().completion_tokens < 20) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(read_all(**ask(chat("urgent"), "person")).texts[0], "urgent");
  EXPECT_GE(engine->stats().parked, 1u);
  Answer answer = read_all(**stream);
  EXPECT_EQ(answer.texts[0], letters);
  EXPECT_EQ(answer.texts[1], letters);
  EXPECT_EQ(watch->saved, watch->restored);
  EXPECT_GE(watch->restored, 2);
}

TEST_F(EngineTest, ComputedPromptsServeTheirOwnAdapterOnly) {
  make({.context_tokens = 400, .sequences = 4}, {.prefix_bytes = 10'000});
  std::string prompt(100, 'p');
  read_all(**ask(chat(prompt), "t", "a"));
  EXPECT_EQ(read_all(**ask(chat(prompt), "t")).usage->cached_tokens, 0);
  EXPECT_EQ(read_all(**ask(chat(prompt), "t", "b")).usage->cached_tokens, 0);
  EXPECT_EQ(read_all(**ask(chat(prompt), "t", "a")).usage->cached_tokens, 99);
}

TEST_F(EngineTest, APromptInComputationIsWaitedForByItsOwnAdapterOnly) {
  make({.context_tokens = 400, .sequences = 4}, {.prefix_bytes = 10'000});
  watch->set_gate(false);
  std::string prompt(150, 'p');
  auto first = ask(chat(prompt), "t", "a");
  watch->await_step(1);
  auto same = ask(chat(prompt), "t", "a");
  auto other = ask(chat(prompt), "t", "b");
  watch->set_gate(true);
  for (auto* stream : {&first, &same, &other}) EXPECT_EQ(read_all(***stream).texts[0], prompt);
  EXPECT_GE((**same).usage_so_far().cached_tokens, 149);
  EXPECT_EQ((**other).usage_so_far().cached_tokens, 0);
}

// A fake model's state takes a byte a token: here memory has room for about two prompts and their answers.
class SpillingEngineTest : public EngineTest {
 protected:
  void make_spilling(std::uint32_t sequences = 1) {
    make({.context_tokens = 800, .sequences = sequences}, {.prefix_bytes = 500, .spill = spill});
  }
  // Pushes out of memory what is there.
  void ask_others() {
    for (char c : {'x', 'y', 'z'}) read_all(**ask(chat(std::string(200, c)), "others"));
  }
  void make_with_first_on_disk(std::uint32_t sequences = 1) {
    make_spilling(sequences);
    read_all(**ask(chat(first)));
    ask_others();
  }
  void read_all_from_disk(bool well = true) const {
    shelf->read_all(well);
    spill->bell->ring();
  }
  void await_fetches(int count) const {
    auto fetched = [this] {
      std::lock_guard lock(shelf->mutex);
      return shelf->fetched;
    };
    while (fetched() < count) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::shared_ptr<TestShelf> shelf = std::make_shared<TestShelf>();
  std::shared_ptr<TestSpill> spill = std::make_shared<TestSpill>(shelf);
  const std::string first = std::string(100, 'f');
};

TEST_F(SpillingEngineTest, AnAnswerRestsUntilItsPromptIsReadAndGoesOnFromThere) {
  make_spilling(2);
  read_all(**ask(chat(first)));
  ask_others();
  std::uint64_t computed = engine->stats().prompt_tokens;
  auto again = ask(chat(first + first + "and more"));
  await_fetches(1);
  EXPECT_EQ(read_all(**ask(chat("others go on meanwhile"), "others")).texts[0], "others go on meanwhile");
  EXPECT_EQ(engine->stats().prompt_tokens, computed + 22);
  read_all_from_disk();
  Answer answer = read_all(**again);
  EXPECT_EQ(answer.texts[0], first + first + "and more");
  EXPECT_EQ(answer.usage->cached_tokens, 200);
  EXPECT_EQ(engine->stats().prompt_tokens, computed + 22 + 8);
  EXPECT_EQ(engine->stats().spill_hits, 1u);
}

TEST_F(SpillingEngineTest, WhatCannotBeReadIsComputed) {
  make_with_first_on_disk();
  auto again = ask(chat(first + first + "and more"));
  await_fetches(1);
  read_all_from_disk(false);
  Answer answer = read_all(**again);
  EXPECT_EQ(answer.texts[0], first + first + "and more");
  EXPECT_EQ(answer.usage->cached_tokens, 0);
}

TEST_F(SpillingEngineTest, WhatLiesOnTheDiskIsItsTenantsOnly) {
  make_with_first_on_disk();
  EXPECT_EQ(read_all(**ask(chat(first + first + "and more"), "a stranger")).usage->cached_tokens, 0);
  EXPECT_EQ(shelf->fetched, 0);
}

TEST_F(SpillingEngineTest, WhoAskTheSameReadItOnce) {
  make_with_first_on_disk(3);
  std::vector<std::unique_ptr<EventStream>> streams;
  for (char c : {'1', '2', '3'}) streams.push_back(std::move(*ask(chat(first + first + c))));
  while (engine->stats().running < 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  read_all_from_disk();
  for (auto& stream : streams) EXPECT_EQ(read_all(*stream).usage->cached_tokens, 200);
  EXPECT_EQ(shelf->fetched, 1);
}

TEST_F(SpillingEngineTest, MoreThanMemoryHoldsIsReadOneAfterTheOther) {
  make_spilling(4);
  for (char c : {'1', '2', '3', '4'}) read_all(**ask(chat(std::string(150, c))));
  ask_others();
  std::vector<std::unique_ptr<EventStream>> streams;
  for (char c : {'1', '2', '3', '4'}) streams.push_back(std::move(*ask(chat(std::string(310, c)))));
  std::jthread disk([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      read_all_from_disk();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  for (auto& stream : streams) EXPECT_EQ(read_all(*stream).usage->cached_tokens, 300);
}

TEST_F(SpillingEngineTest, WhoLeavesWhileItIsReadLeavesNothingBehind) {
  make_with_first_on_disk();
  auto again = ask(chat(first + first + "and more"));
  await_fetches(1);
  again->reset();
  await_idle();
  read_all_from_disk();
  EXPECT_EQ(read_all(**ask(chat(first + first + "and more"))).usage->cached_tokens, 200) << "it came all the same";
  EXPECT_EQ(shelf->fetched, 1);
}

TEST_F(SpillingEngineTest, WhoIsParkedWhileItIsReadBeginsAnew) {
  make_with_first_on_disk();
  auto patient = std::make_shared<Chat>(*chat(first + first + "and more"));
  patient->urgency = Urgency::batch;
  auto batch = ask(patient);
  await_fetches(1);
  EXPECT_EQ(read_all(**ask(chat("urgent"), "person")).texts[0], "urgent");
  read_all_from_disk();
  Answer answer = read_all(**batch);
  EXPECT_EQ(answer.texts[0], first + first + "and more");
  EXPECT_EQ(answer.usage->cached_tokens, 200);
}

TEST_F(SpillingEngineTest, StoppingWhileItIsReadEndsTheStream) {
  make_with_first_on_disk();
  auto again = ask(chat(first + first + "and more"));
  await_fetches(1);
  engine.reset();
  EXPECT_EQ(read_all(**again).error->code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace entente::local
