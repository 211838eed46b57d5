// The engine over a fake model: what it promises whatever the model says.
#include "local/engine.hpp"

#include <array>
#include <random>
#include <set>

#include <gmock/gmock.h>

#include "local/fake_model.hpp"
#include "local/make_engine.hpp"
#include "local/test_answer.hpp"
#include "local/test_shelf.hpp"

namespace entente::local {
namespace {

class EngineTest : public testing::Test {
 protected:
  void make(EngineInfo info = {.context_tokens = 200, .sequences = 4}, EngineOptions options = {}) {
    engine = make_engine(std::make_unique<FakeModel>(watch, info), options);
  }
  static std::shared_ptr<const Chat> chat(std::string text) {
    auto out = std::make_shared<Chat>();
    out->conversation = {said(Role::user, std::move(text))};
    return out;
  }
  auto offer(std::shared_ptr<const Chat> chat, std::string tenant = "t", std::string adapter = {}) {
    return wait_for(
        engine->offer(std::move(chat), {.tenant = std::move(tenant), .project = "p", .key = "k"}, std::move(adapter)));
  }
  Result<std::unique_ptr<EventStream>> ask(std::shared_ptr<const Chat> chat, std::string tenant = "t",
                                           std::string adapter = {}) {
    TRY_ASSIGN(auto ticket, offer(std::move(chat), std::move(tenant), std::move(adapter)));
    return ticket->start();
  }
  // Waits until the engine has nothing left; bounded by the test's own time limit.
  void await_idle() const {
    while (engine->stats().running + engine->stats().waiting > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::shared_ptr<FakeModel::Watch> watch = std::make_shared<FakeModel::Watch>();
  std::shared_ptr<Engine> engine;
};

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
  make_spilling();
  read_all(**ask(chat(first)));
  ask_others();
  auto again = ask(chat(first + first + "and more"));
  await_fetches(1);
  read_all_from_disk(false);
  Answer answer = read_all(**again);
  EXPECT_EQ(answer.texts[0], first + first + "and more");
  EXPECT_EQ(answer.usage->cached_tokens, 0);
}

TEST_F(SpillingEngineTest, WhatLiesOnTheDiskIsItsTenantsOnly) {
  make_spilling();
  read_all(**ask(chat(first)));
  ask_others();
  EXPECT_EQ(read_all(**ask(chat(first + first + "and more"), "a stranger")).usage->cached_tokens, 0);
  EXPECT_EQ(shelf->fetched, 0);
}

TEST_F(SpillingEngineTest, WhoAskTheSameReadItOnce) {
  make_spilling(3);
  read_all(**ask(chat(first)));
  ask_others();
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
  make_spilling();
  read_all(**ask(chat(first)));
  ask_others();
  auto again = ask(chat(first + first + "and more"));
  await_fetches(1);
  again->reset();
  await_idle();
  read_all_from_disk();
  EXPECT_EQ(read_all(**ask(chat(first + first + "and more"))).usage->cached_tokens, 200) << "it came all the same";
  EXPECT_EQ(shelf->fetched, 1);
}

TEST_F(SpillingEngineTest, WhoIsParkedWhileItIsReadBeginsAnew) {
  make_spilling();
  read_all(**ask(chat(first)));
  ask_others();
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
  make_spilling();
  read_all(**ask(chat(first)));
  ask_others();
  auto again = ask(chat(first + first + "and more"));
  await_fetches(1);
  engine.reset();
  EXPECT_EQ(read_all(**again).error->code, ErrorCode::unavailable);
}

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

// A draft model that says what the large one will say, but for each tenth token. What is copied from the conversation
// is seldom right in this text: each three letters stood there before, and went on in another way.
TEST_F(EngineTest, WhatADraftModelGuessesRightComesSeveralTokensAStep) {
  std::string text;
  std::mt19937 random(7);
  for (std::size_t i = 0; i < 400; ++i) text += "abc"[random() % 3];
  auto drafts = std::make_shared<FakeModel::Watch>();
  drafts->likeliest = [&text](std::int32_t position) {
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
  auto drafts = std::make_shared<FakeModel::Watch>();
  drafts->likeliest = [](std::int32_t) { return Token{'x'}; };
  EngineInfo info{.context_tokens = 1000, .sequences = 2};
  watch->step_time = std::chrono::microseconds(300);
  engine = make_engine(std::make_unique<FakeModel>(watch, info), {}, std::make_unique<FakeModel>(drafts, info));
  {
    std::lock_guard lock(drafts->mutex);
    drafts->fail_next = true;
  }
  std::string text(300, 'x');
  EXPECT_EQ(read_all(**ask(chat(text))).texts[0], text);
  EXPECT_EQ(read_all(**ask(chat(text))).texts[0], text);
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

TEST_F(EngineTest, AnAdapterThatIsNotThereIsRefusedByName) {
  make();
  auto refused = offer(chat("x"), "t", "c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
  EXPECT_EQ(watch->computing, 0);
}

}  // namespace
}  // namespace entente::local
