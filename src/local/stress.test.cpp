// Thousands of clients that come and go at random, over the real engine and the tiny model: each asks, and leaves where
// it likes: before it starts, while it waits, in the prompt, in the answer, while it is parked, or at the end; some
// read slowly. Two threads of clients, five tenants, more work than sequences. $ENTENTE_TEST_OPERATIONS says how many
// come (`./dev soak` sends 10,000); the seed is printed, and $ENTENTE_TEST_SEED sets it.
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include "local/memory/spill.hpp"
#include "local/tiny_model_fixture.hpp"

namespace entente::local {
namespace {

namespace asio = boost::asio;
using namespace boost::asio::experimental::awaitable_operators;
using Chance = std::mt19937_64;

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Counts {
  std::atomic<std::uint64_t> came = 0, refused = 0, unstarted = 0, left = 0, left_while_waiting = 0, whole = 0;
  std::atomic<std::uint64_t> prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0;  // seen by the clients
};

class StressTest : public TinyModelFixture {
 protected:
  static std::uint64_t draw(Chance& chance, std::uint64_t below) { return chance() % below; }

  static std::shared_ptr<const Chat> something(Chance& chance) {
    // Of few beginnings, so that prompts are shared, waited for and taken from memory; some longer than a step.
    static const std::uint64_t lengths[] = {0, 0, 0, 90, 200, 700};
    std::uint64_t beginning = draw(chance, std::size(lengths));
    std::string text(lengths[beginning], static_cast<char>('a' + beginning));
    text += std::string(1 + draw(chance, 30), static_cast<char>('A' + draw(chance, 20)));
    auto out = chat(std::move(text), static_cast<std::uint32_t>(1 + draw(chance, draw(chance, 8) == 0 ? 400 : 40)));
    out->choices = draw(chance, 6) == 0 ? static_cast<std::uint32_t>(1 + draw(chance, 4)) : 1;
    out->urgency = draw(chance, 3) == 0 ? Urgency::batch : Urgency::interactive;
    out->logprobs = draw(chance, 4) == 0;
    if (draw(chance, 2) == 0) out->sampling.temperature = 1;
    if (draw(chance, 4) == 0) out->stop = {"a", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"};
    return out;
  }

  static asio::awaitable<void> sleep(std::uint64_t microseconds) {
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::microseconds(microseconds));
    co_await timer.async_wait(asio::use_awaitable);
  }

  // One client, from its coming to its going.
  asio::awaitable<void> client(Chance& chance) {
    ++counts.came;
    std::string tenant(1, static_cast<char>('1' + draw(chance, 5)));
    auto ticket = co_await engine->offer(something(chance), {.tenant = tenant, .project = "p", .key = "k"}, "");
    if (!ticket) {
      bool busy = ticket.error().code == ErrorCode::rate_limited || ticket.error().code == ErrorCode::overloaded;
      EXPECT_TRUE(busy) << ticket.error().message;
      ++counts.refused;
      co_await sleep(1000);
      co_return;
    }
    if (draw(chance, 12) == 0) {
      ++counts.unstarted;
      co_return;
    }
    auto started = (*ticket)->start();
    EXPECT_TRUE(started) << started.error().message;
    std::unique_ptr<EventStream> stream = std::move(*started);
    ticket->reset();
    std::uint64_t manner = draw(chance, 4), events = draw(chance, 60);
    bool leaves_by_the_clock = manner == 0, leaves_by_count = manner == 1, slow = manner == 2 && draw(chance, 4) == 0;
    if (leaves_by_the_clock) {
      co_await (read(*stream, 1'000'000, false, chance) || sleep(draw(chance, draw(chance, 2) == 0 ? 1'000 : 30'000)));
    } else {
      co_await read(*stream, leaves_by_count ? events : 1'000'000, slow, chance);
    }
    Usage usage = stream->usage_so_far();
    counts.left_while_waiting += usage.prompt_tokens == 0 ? 1 : 0;
    counts.prompt_tokens += static_cast<std::uint64_t>(usage.prompt_tokens - usage.cached_tokens);
    counts.cached_tokens += static_cast<std::uint64_t>(usage.cached_tokens);
    counts.completion_tokens += static_cast<std::uint64_t>(usage.completion_tokens);
  }

  asio::awaitable<void> read(EventStream& stream, std::uint64_t events, bool slow, Chance& chance) {
    for (std::uint64_t i = 0; i < events; ++i) {
      if (slow) co_await sleep(draw(chance, 500));
      auto event = co_await stream.next();
      if (!event) {
        EXPECT_EQ(event.error().code, ErrorCode::cancelled) << event.error().message;
        break;
      }
      if (!*event) {
        ++counts.whole;
        co_return;
      }
    }
    ++counts.left;
  }

  // `clients` at once, one after another until `until` have come.
  void run_clients(std::uint64_t seed, int clients, std::uint64_t until) {
    asio::io_context io;
    std::vector<Chance> chances;
    chances.reserve(static_cast<std::size_t>(clients));
    for (int i = 0; i < clients; ++i) chances.emplace_back(seed + static_cast<std::uint64_t>(i));
    for (Chance& chance : chances) {
      asio::co_spawn(
          io,
          [&]() -> asio::awaitable<void> {
            while (counts.came < until) co_await client(chance);
          },
          asio::detached);
    }
    io.run();
  }

  void come_and_go(const EngineOptions& options);

  Counts counts;
};

TEST_F(StressTest, WhoeverComesAndGoesLeavesNothingBehind) {
  come_and_go({.sequences = 4, .waiting = 12, .prefix_bytes = 200'000});
}

TEST_F(StressTest, NorDoesWhatGoesToADiskAndComesBack) {
  std::filesystem::path folder = std::filesystem::temp_directory_path();
  auto spill = *Spill::open({.folder = folder, .bytes = 16 * 1024 * 1024});
  come_and_go({.sequences = 4, .waiting = 12, .prefix_bytes = 200'000, .spill = spill});
  EXPECT_GT(engine->stats().spill_hits, 0u);
  engine.reset();
  EXPECT_EQ(spill->room().taken, 0u);
}

void StressTest::come_and_go(const EngineOptions& options) {
  std::uint64_t operations = number("ENTENTE_TEST_OPERATIONS", 800);
  std::uint64_t seed = number("ENTENTE_TEST_SEED", std::random_device()());
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  load(options);
  Answer before = read_all(*ask(chat("before and after")));
  {
    std::jthread other([&] { run_clients(seed + 1000, 16, operations); });
    run_clients(seed, 16, operations);
  }
  while (engine->stats().running + engine->stats().waiting > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));

  EngineStats stats = engine->stats();
  std::printf(
      "%llu came: %llu whole, %llu left (%llu of them before anything), %llu never started, %llu refused; "
      "parked %llu times, %llu tokens from memory\n",
      static_cast<unsigned long long>(counts.came), static_cast<unsigned long long>(counts.whole),
      static_cast<unsigned long long>(counts.left), static_cast<unsigned long long>(counts.left_while_waiting),
      static_cast<unsigned long long>(counts.unstarted), static_cast<unsigned long long>(counts.refused),
      static_cast<unsigned long long>(stats.parked), static_cast<unsigned long long>(stats.cached_tokens));
  EXPECT_THAT(stats.tenants, testing::IsEmpty());
  EXPECT_EQ(stats.cells_used, 0u);
  EXPECT_LE(stats.prefix_bytes, 200'000u);
  for (std::uint64_t some : {counts.whole.load(), counts.left.load(), counts.left_while_waiting.load(),
                             counts.unstarted.load(), counts.refused.load(), stats.parked, stats.cached_tokens}) {
    EXPECT_GT(some, 0u) << "the load was not what it should be";
  }
  // What a client saw is at most what was done: the engine may finish a step after it has left.
  EXPECT_LE(counts.prompt_tokens, stats.prompt_tokens);
  EXPECT_LE(counts.cached_tokens, stats.cached_tokens);
  EXPECT_LE(counts.completion_tokens, stats.completion_tokens);

  // Every sequence is free and clean: all of them at once, each to its last cell, and the same answer as at first.
  std::uint64_t prompts = stats.prompt_tokens + stats.cached_tokens, completions = stats.completion_tokens;
  std::vector<std::unique_ptr<EventStream>> all;
  for (char c : {'w', 'x', 'y', 'z'}) all.push_back(ask(chat(std::string(1, c), 2000), std::string(1, c)));
  Usage whole;
  for (auto& stream : all) {
    Answer answer = read_all(*stream);
    EXPECT_EQ(answer.reasons[0], FinishReason::length);
    EXPECT_EQ(answer.usage->prompt_tokens + answer.usage->completion_tokens, 1024);
    whole.prompt_tokens += answer.usage->prompt_tokens;
    whole.completion_tokens += answer.usage->completion_tokens;
  }
  stats = engine->stats();
  EXPECT_EQ(stats.prompt_tokens + stats.cached_tokens - prompts, static_cast<std::uint64_t>(whole.prompt_tokens));
  EXPECT_EQ(stats.completion_tokens - completions, static_cast<std::uint64_t>(whole.completion_tokens));
  EXPECT_EQ(read_all(*ask(chat("before and after"), "somebody new")).texts, before.texts);
}

}  // namespace
}  // namespace entente::local
