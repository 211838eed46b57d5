// The real engine over a real, tiny model of random weights (tests/tiny_model.py; $ENTENTE_TINY_MODEL names the file).
//
// Its weights are 32-bit floats and one thread computes them: what is done to an answer (others in its steps, a prompt
// taken from memory, parking) must leave its text as it was, and its log-probabilities but for rounding. To the last
// digit they cannot be: libllama computes a token alone by other kernels than several together, and its flash attention
// adds up values in 16 bits for one token and in 32 for several.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "local/tiny_model_fixture.hpp"

namespace entente::local {
namespace {

using TinyModelTest = TinyModelFixture;

constexpr double rounding = 0.1;    // of a log-probability; another token's would be off by whole numbers
constexpr double close_call = 0.2;  // between the two likeliest tokens: rounding may decide

// Compares up to the first close call, where two right answers may part; gives how many tokens that were.
std::size_t expect_same(const Answer& answer, const Answer& expected) {
  EXPECT_FALSE(answer.error) << answer.error->message;
  EXPECT_EQ(answer.logprobs.empty(), expected.logprobs.empty());
  std::size_t i = 0;
  for (; i < std::min(answer.logprobs.size(), expected.logprobs.size()); ++i) {
    const TokenChoice &a = answer.logprobs[i], &b = expected.logprobs[i];
    if (b.top[0].logprob - b.top[1].logprob < close_call) return i;
    EXPECT_EQ(a.chosen.token, b.chosen.token) << "token " << i;
    EXPECT_NEAR(a.chosen.logprob, b.chosen.logprob, rounding) << "token " << i;
    if (testing::Test::HasFailure()) return i;
  }
  EXPECT_EQ(answer.texts, expected.texts);
  return i;
}

std::vector<double> numbers_of(const Answer& answer) {
  std::vector<double> numbers;
  numbers.reserve(answer.logprobs.size());
  for (const TokenChoice& token : answer.logprobs) numbers.push_back(token.chosen.logprob);
  return numbers;
}

std::vector<std::string> questions() {
  std::vector<std::string> out;
  out.reserve(10);
  for (std::size_t i = 0; i < 10; ++i) out.push_back(std::string(i * i * 6 + 1, static_cast<char>('a' + i)) + "?");
  return out;
}

TEST_F(TinyModelTest, AnAnswerDoesNotDependOnWhoElseIsInTheStep) {
  load({.sequences = 1});
  std::vector<Answer> alone;
  for (const std::string& question : questions()) alone.push_back(read_all(*ask(chat(question))));
  load({.sequences = 8});
  std::vector<std::unique_ptr<EventStream>> together;
  for (const std::string& question : questions()) together.push_back(ask(chat(question)));
  std::size_t compared = 0;
  for (std::size_t i = 0; i < together.size(); ++i) compared += expect_same(read_all(*together[i]), alone[i]);
  EXPECT_GT(compared, 30u) << "nearly every first token was a close call";
  EXPECT_LT(engine->stats().steps, engine->stats().completion_tokens / 2) << "they were hardly ever together";
}

TEST_F(TinyModelTest, AnAnswerDoesNotDependOnWhatWasComputedBefore) {
  std::string shared(300, 's');
  std::vector<Answer> anew;
  load({.sequences = 1});
  for (const std::string& question : questions()) anew.push_back(read_all(*ask(chat(shared + question))));
  load({.sequences = 1, .prefix_bytes = 10'000'000});
  read_all(*ask(chat(shared + "and before?")));
  std::size_t compared = 0;
  for (std::size_t i = 0; i < anew.size(); ++i) {
    Answer again = read_all(*ask(chat(shared + questions()[i])));
    EXPECT_GE(again.usage->cached_tokens, 300);
    compared += expect_same(again, anew[i]);
  }
  EXPECT_GT(compared, 30u) << "nearly every first token was a close call";
}

// Alone before, alone after, and its state put back byte by byte: here not even a digit may differ.
TEST_F(TinyModelTest, AnAnswerThatWasParkedIsTheSameToTheLastDigit) {
  load({.sequences = 1, .prefix_bytes = 1 << 28});
  auto patient = chat("patient", 800);
  patient->urgency = Urgency::batch;
  Answer undisturbed = read_all(*ask(patient)), answer;
  auto stream = ask(patient, "batch");
  for (std::uint64_t times = 1; times <= 3; ++times) {
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(read_event(*stream, answer));
    read_all(*ask(chat("urgent", 4), "person"));
    EXPECT_GE(engine->stats().parked, times);
  }
  while (read_event(*stream, answer)) {
  }
  EXPECT_EQ(answer.texts, undisturbed.texts);
  EXPECT_EQ(numbers_of(answer), numbers_of(undisturbed));
}

TEST_F(TinyModelTest, AloneASeedGivesTheSameAnswerToTheLastDigit) {
  load({.sequences = 2});
  auto drawn = [this](std::uint64_t seed) {
    auto asked = chat("draw");
    asked->sampling.temperature = 1;
    asked->sampling.seed = seed;
    Answer answer = read_all(*ask(asked));
    return std::pair(answer.texts[0], numbers_of(answer));
  };
  auto first = drawn(7);
  EXPECT_EQ(drawn(7), first);
  EXPECT_NE(drawn(8), first);
}

TEST_F(TinyModelTest, AnAdapterChangesItsOwnAnswersAndNobodyElses) {
  load({.sequences = 1});
  std::vector<Answer> plain, adapted;
  for (const std::string& question : questions()) plain.push_back(read_all(*ask(chat(question))));
  EngineOptions options{.sequences = 1, .adapters = {{.name = "noise", .file = adapter_file()}}};
  load(options);
  for (const std::string& question : questions()) {
    adapted.push_back(read_all(*ask(chat(question), "t", "noise")));
    Answer answer = read_all(*ask(chat(question)));
    const Answer& expected = plain[adapted.size() - 1];
    EXPECT_EQ(answer.texts, expected.texts);
    EXPECT_EQ(numbers_of(answer), numbers_of(expected)) << "alone, not even a digit may differ";
    EXPECT_NE(adapted.back().texts, expected.texts);
  }

  options.sequences = 8;
  load(options);
  std::vector<std::unique_ptr<EventStream>> together;
  for (const std::string& question : questions()) {
    together.push_back(ask(chat(question)));
    together.push_back(ask(chat(question), "t", "noise"));
  }
  std::size_t compared = 0;
  for (std::size_t i = 0; i < together.size(); ++i)
    compared += expect_same(read_all(*together[i]), (i % 2 ? adapted : plain)[i / 2]);
  EXPECT_GT(compared, 60u) << "nearly every first token was a close call";
}

TEST_F(TinyModelTest, AnAdapterOfNoStrengthChangesNothing) {
  load({.sequences = 1,
        .adapters = {{.name = "none", .file = adapter_file(), .scale = 0},
                     {.name = "some", .file = adapter_file(), .scale = 0.5},
                     {.name = "all", .file = adapter_file(), .scale = 1}}});
  auto text = [this](std::string adapter) { return read_all(*ask(chat("how?"), "t", std::move(adapter))).texts[0]; };
  EXPECT_EQ(text("none"), text(""));
  EXPECT_NE(text("some"), text(""));
  EXPECT_NE(text("some"), text("all"));
}

TEST_F(TinyModelTest, AnAdapterThatCannotBeLoadedIsMissedByItsNameOnly) {
  load({.sequences = 1,
        .adapters = {{.name = "gone", .file = "/nowhere/adapter.gguf"}, {.name = "model", .file = file}}});
  auto refusal = [this](std::string adapter) {
    auto ticket = wait_for(engine->offer(chat("x"), {.tenant = "t"}, std::move(adapter)));
    return ticket ? "it is there" : ticket.error().message;
  };
  EXPECT_EQ(refusal("gone"), "The adapter gone cannot be loaded: there is no file /nowhere/adapter.gguf.");
  EXPECT_THAT(refusal("model"), testing::StartsWith("The adapter model cannot be loaded: expect general.type"));
  EXPECT_EQ(refusal("other"), "This model was loaded without an adapter named other.");
  EXPECT_FALSE(read_all(*ask(chat("x"))).texts[0].empty());
}

}  // namespace
}  // namespace entente::local
