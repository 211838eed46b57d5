// The way of a piece of work, with a real store and a provider that does what the test says: what reaches the client,
// who is asked next, and that every attempt is settled however it ends.
#include "gateway/run.hpp"

#include <filesystem>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/notifier.hpp"
#include "base/test_folder.hpp"
#include "providers/attempt.hpp"

namespace entente::gateway {
namespace {
namespace asio = boost::asio;

const Error upstream_broke{.code = ErrorCode::upstream_failed, .message = "It broke."};

// What a deployment does when it is asked.
struct Script {
  std::string waits_for = {};    // offer() says so first
  std::optional<Error> refuses;  // offer() fails
  std::optional<Error> send_fails;
  std::vector<Event> events;             // then…
  std::optional<Error> then_fails;       // …this, or a clean end
  std::optional<std::size_t> stalls_at;  // next() never returns at this event
  std::size_t at_once = 1;               // so many events come together
  bool end_at_once = false;              // the end comes with the last of them
};

class ScriptedProvider final : public providers::Provider {
 public:
  std::map<std::string, Script> scripts;
  std::vector<std::string> sent;  // attempts, in order: ids
  int open_streams = 0;

  struct FixedTicket final : providers::Ticket {
    std::chrono::milliseconds expected_wait() const override { return {}; }
    std::int64_t prompt_tokens() const override { return 10; }
    std::int64_t most_completion_tokens() const override { return 100; }
  };

  class Stream final : public EventStream {
   public:
    Stream(ScriptedProvider& provider, Script script) : provider_(provider), script_(std::move(script)) {
      ++provider_.open_streams;
    }
    ~Stream() override { --provider_.open_streams; }
    Task<std::optional<Event>> next() override {
      if (script_.stalls_at == at_) CO_TRY(co_await never_.wait());
      if (at_ < script_.events.size()) {
        if (std::holds_alternative<TextDelta>(script_.events[at_])) ++usage_.completion_tokens;
        co_return script_.events[at_++];
      }
      if (script_.then_fails) co_return fail(*script_.then_fails);
      co_return std::nullopt;
    }
    bool has_next() const override {
      return at_ < script_.events.size() ? at_ % script_.at_once != 0 : script_.end_at_once;
    }
    Usage usage_so_far() const override { return usage_; }

   private:
    ScriptedProvider& provider_;
    Script script_;
    Notifier never_;
    std::size_t at_ = 0;
    Usage usage_{.prompt_tokens = 10};
  };

  Task<std::unique_ptr<providers::Ticket>> offer(const Deployment& deployment, std::shared_ptr<const Work>,
                                                 const Principal&, const providers::OnWaiting& on_waiting) override {
    if (!scripts[deployment.name].waits_for.empty()) CO_TRY(co_await on_waiting(scripts[deployment.name].waits_for));
    if (auto& refusal = scripts[deployment.name].refuses) co_return fail(*refusal);
    co_return std::make_unique<FixedTicket>();
  }
  Task<std::unique_ptr<EventStream>> send(providers::Attempt attempt) override {
    sent.push_back(attempt.id());
    Script& script = scripts[attempt.deployment().name];
    if (script.send_fails) co_return fail(*script.send_fails);
    co_return std::make_unique<Stream>(*this, script);
  }
};

class CollectingSink final : public Sink {
 public:
  std::string who, text, waited_for;
  std::string shown;  // of the text, by flush(): '|' behind each
  bool tells_waiting = true;
  bool usage_came = false;
  std::optional<std::size_t> leaves_at;  // the reader is gone at this call
  std::size_t calls = 0;
  std::optional<Error> cannot_keep;
  std::string ends;  // 'k' for keep(), 'w' for sent() of a whole answer, 'c' for one that was cut

  Task<> begin(const Answering& answering) override {
    who = answering.deployment;
    co_return next_call();
  }
  Task<bool> waiting(const Answering&, std::string_view what) override {
    waited_for += what;
    CO_TRY(next_call());
    co_return tells_waiting;
  }
  Task<> event(const Event& event) override {
    if (auto* delta = std::get_if<TextDelta>(&event)) text += delta->text, shown += delta->text;
    usage_came = usage_came || std::holds_alternative<Usage>(event);
    co_return next_call();
  }
  Task<> flush() override {
    shown += '|';
    co_return Result<>{};
  }
  Task<> keep() override {
    ends += 'k';
    if (cannot_keep) co_return fail(*cannot_keep);
    co_return Result<>{};
  }
  std::optional<store::SentBody> sent(bool whole) override {
    ends += whole ? 'w' : 'c';
    return std::nullopt;
  }

 private:
  Result<> next_call() {
    if (leaves_at == calls++) return fail(ErrorCode::cancelled, "Left.");
    return {};
  }
};

class GatewayTest : public testing::Test {
 protected:
  void SetUp() override {
    store_ = *store::Store::open(folder_.path(), store::Store::Role::server, system_clock());
    auto key = store_->create_key({.name = "test"});
    principal_ = store_->find_credential(key->secret)->principal;
    gateway_ = std::make_unique<Gateway>(store_, Gateway::Providers{{"p", provider_}}, system_clock(),
                                         [this](const Settled& settled) { outcomes_.push_back(settled.outcome); });
    auto catalogue = std::make_shared<Catalogue>();
    for (std::string d : {"first", "second"}) {
      catalogue->deployments[d] = {
          .name = d, .provider = "p", .model = "pm", .facts = {}, .price = Price{"EUR", 1'000'000'000, 2'000'000'000}};
    }
    catalogue->models["m"] = {.name = "m", .deployments = {"first", "second"}, .created = {}, .owner = {}};
    gateway_->replace_catalogue(catalogue);
    for (std::string d : {"first", "second"}) provider_->scripts[d] = answer();
  }
  void TearDown() override {
    gateway_.reset();
    store_.reset();
  }

  static Script answer() {
    return {.refuses = {},
            .send_fails = {},
            .events = {Started{}, TextDelta{.choice = 0, .text = "Hel", .logprobs = {}},
                       TextDelta{.choice = 0, .text = "lo", .logprobs = {}}, Finished{},
                       Usage{.prompt_tokens = 10, .completion_tokens = 2}},
            .then_fails = {},
            .stalls_at = {}};
  }

  // Runs one piece of work; when `leave` is set, the client leaves once nothing moves any more.
  Result<> run(Sink& sink, bool leave = false, std::string model = "m") {
    asio::io_context io;
    asio::cancellation_signal signal;
    std::optional<Result<>> result;
    auto work = std::make_shared<const Work>(Chat{.model = std::move(model), .conversation = {said(Role::user, "hi")}});
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
          co_await asio::this_coro::throw_if_cancelled(false);
          result =
              co_await gateway_->run({.request = "req_1", .trace = {}, .principal = principal_, .work = work}, sink);
        },
        asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr failure) {
          if (failure) std::rethrow_exception(failure);
        }));
    if (leave) {
      while (provider_->open_streams == 0 && !result) io.run_one();
      while (io.poll_one() > 0) {
      }
      signal.emit(asio::cancellation_type::terminal);
    }
    io.run();
    EXPECT_EQ(provider_->open_streams, 0) << "a stream was left open";
    return *result;
  }

  // Every intent in the store has an outcome there.
  void expect_all_settled() {
    auto rows = store_->usage(Instant{}, system_clock().now() + std::chrono::hours(1));
    ASSERT_TRUE(rows);
    std::int64_t settled = rows->empty() ? 0 : rows->front().attempts;
    EXPECT_EQ(settled, static_cast<std::int64_t>(provider_->sent.size()));
    EXPECT_EQ(outcomes_.size(), provider_->sent.size());
  }

  TestFolder folder_;
  std::shared_ptr<store::Store> store_;
  std::shared_ptr<ScriptedProvider> provider_ = std::make_shared<ScriptedProvider>();
  std::unique_ptr<Gateway> gateway_;
  Principal principal_;
  std::vector<store::Outcome> outcomes_;
};

TEST_F(GatewayTest, AnAnswerIsStreamedMeteredAndPriced) {
  CollectingSink sink;
  ASSERT_TRUE(run(sink));
  EXPECT_EQ(sink.who, "first");
  EXPECT_EQ(sink.text, "Hello");
  EXPECT_TRUE(sink.usage_came);
  expect_all_settled();
  EXPECT_EQ(outcomes_[0].kind, store::OutcomeKind::answered);
  EXPECT_EQ(outcomes_[0].cost, (Money{10 * 1000 + 2 * 2000, "EUR"}));
  EXPECT_GT(outcomes_[0].first_token_us, 0);
}

// An answer may cost 10 × 1,000 + 100 × 2,000 nano-units, and costs 14,000.
TEST_F(GatewayTest, ABudgetLetsThroughWhatItCanPayAndCountsWhatItCost) {
  gateway_->quotas().replace({{.name = "q", .nano_per_day = 217'000, .currency = "EUR"}}, {}, system_clock().now());
  CollectingSink sink;
  ASSERT_TRUE(run(sink));
  auto standing = gateway_->quotas().of(principal_, system_clock().now()).at(0);
  EXPECT_EQ(standing.spent_today, 14'000);
  EXPECT_EQ(standing.aside, 0);
  CollectingSink broke;
  auto refused = run(broke);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::budget_exhausted);
  EXPECT_EQ(provider_->sent.size(), 1u) << "nothing was sent";
  expect_all_settled();
  // What costs nothing is asked instead.
  auto catalogue = std::make_shared<Catalogue>(*gateway_->catalogue());
  catalogue->deployments["second"].price.reset();
  gateway_->replace_catalogue(catalogue);
  CollectingSink cheap;
  ASSERT_TRUE(run(cheap));
  EXPECT_EQ(cheap.who, "second");
}

TEST_F(GatewayTest, WhoLeavesOrFailsPaysForWhatWasUsedAndHoldsNoPlace) {
  gateway_->quotas().replace({{.name = "q", .at_once = 1, .nano_per_day = 1'000'000'000, .currency = "EUR"}}, {},
                             system_clock().now());
  auto now = [&] { return gateway_->quotas().of(principal_, system_clock().now()).at(0); };
  provider_->scripts["first"].stalls_at = 2;
  CollectingSink leaving;
  ASSERT_FALSE(run(leaving, true));
  EXPECT_EQ(now().running, 0u);
  EXPECT_EQ(now().aside, 0);
  EXPECT_EQ(now().spent_today, outcomes_.at(0).cost.nano);
  EXPECT_EQ(now().spent_today, 10 * 1000 + 1 * 2000);
  provider_->scripts["first"].send_fails = Error{.code = ErrorCode::upstream_failed, .message = "No."};
  CollectingSink sink;
  ASSERT_TRUE(run(sink));
  EXPECT_EQ(sink.who, "second");
  EXPECT_EQ(now().aside, 0);
  EXPECT_EQ(now().spent_today, 12'000 + 14'000);
}

TEST_F(GatewayTest, WhatComesTogetherIsFlushedOnce) {
  Script& script = provider_->scripts["first"];
  script.events = {Started{},
                   TextDelta{.choice = 0, .text = "a", .logprobs = {}},
                   TextDelta{.choice = 0, .text = "b", .logprobs = {}},
                   TextDelta{.choice = 0, .text = "c", .logprobs = {}},
                   Finished{},
                   Usage{}};
  script.at_once = 3;  // the start and a, b; c and the end
  CollectingSink together;
  ASSERT_TRUE(run(together));
  EXPECT_EQ(together.shown, "ab|c|");
  script.at_once = 1;
  CollectingSink apart;
  ASSERT_TRUE(run(apart));
  EXPECT_EQ(apart.shown, "a|b|c|||");
  script.at_once = 3;
  script.end_at_once = true;
  CollectingSink with_the_end;
  ASSERT_TRUE(run(with_the_end));
  EXPECT_EQ(with_the_end.shown, "ab|c") << "what the end came with goes with the end";
}

TEST_F(GatewayTest, ARefusalMovesOnToTheNextCandidateWithoutAnAttempt) {
  provider_->scripts["first"].refuses = Error{.code = ErrorCode::overloaded, .message = "Full."};
  CollectingSink sink;
  ASSERT_TRUE(run(sink));
  EXPECT_EQ(sink.who, "second");
  EXPECT_EQ(provider_->sent.size(), 1u);
  expect_all_settled();
}

TEST_F(GatewayTest, AFailureBeforeTheFirstWordMovesOnAndBothAttemptsAreSettled) {
  for (bool at_send : {true, false}) {
    outcomes_.clear();
    Script& first = provider_->scripts["first"];
    first = answer();
    if (at_send) first.send_fails = upstream_broke;
    if (!at_send) first.events = {Started{}}, first.then_fails = upstream_broke;
    provider_->sent.clear();
    CollectingSink sink;
    ASSERT_TRUE(run(sink));
    EXPECT_EQ(sink.who, "second");
    EXPECT_EQ(sink.text, "Hello");
    ASSERT_EQ(outcomes_.size(), 2u);
    EXPECT_EQ(outcomes_[0].kind, store::OutcomeKind::failed);
    EXPECT_EQ(outcomes_[0].error, "upstream_failed");
    EXPECT_EQ(outcomes_[1].kind, store::OutcomeKind::answered);
  }
}

TEST_F(GatewayTest, AFailureAfterTheFirstWordIsTheClientsToSeeAndNobodyElseIsAsked) {
  Script& first = provider_->scripts["first"];
  first.events.resize(2);
  first.then_fails = upstream_broke;
  CollectingSink sink;
  Result<> done = run(sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::upstream_failed);
  EXPECT_EQ(sink.text, "Hel");
  EXPECT_EQ(provider_->sent.size(), 1u);
  expect_all_settled();
  EXPECT_EQ(outcomes_[0].usage.completion_tokens, 1) << "what was made before the failure is counted";
}

TEST_F(GatewayTest, WhoWaitsForAModelIsToldAndNobodyElseIsAskedThen) {
  provider_->scripts["first"].waits_for = "loading pm 43 %";
  CollectingSink patient;
  ASSERT_TRUE(run(patient));
  EXPECT_EQ(patient.waited_for, "loading pm 43 %");
  EXPECT_EQ(patient.text, "Hello");

  provider_->scripts["first"].refuses = Error{.code = ErrorCode::unavailable, .message = "It is broken."};
  CollectingSink told, untold;
  EXPECT_EQ(run(told).error().message, "It is broken.") << "the client has a part of this answer already";
  untold.tells_waiting = false;
  ASSERT_TRUE(run(untold));
  EXPECT_EQ(untold.who, "second");

  CollectingSink gone;
  gone.leaves_at = 0;
  EXPECT_EQ(run(gone).error().code, ErrorCode::cancelled);
  expect_all_settled();
}

TEST_F(GatewayTest, AMistakeOfTheClientIsNotTriedElsewhere) {
  provider_->scripts["first"].refuses = Error{.code = ErrorCode::invalid_request, .message = "No."};
  CollectingSink sink;
  EXPECT_EQ(run(sink).error().code, ErrorCode::invalid_request);
  EXPECT_TRUE(provider_->sent.empty());
}

TEST_F(GatewayTest, AReaderThatLeavesAtAnyCallIsSettledAsCancelled) {
  for (std::size_t call = 0; call < 6; ++call) {
    outcomes_.clear();
    CollectingSink sink;
    sink.leaves_at = call;
    EXPECT_FALSE(run(sink)) << call;
    ASSERT_EQ(outcomes_.size(), 1u) << call;
    EXPECT_EQ(outcomes_[0].kind, store::OutcomeKind::cancelled) << call;
  }
}

TEST_F(GatewayTest, AClientThatLeavesWhileWeWaitForAnyEventIsSettledAsCancelled) {
  for (std::size_t event = 0; event <= 5; ++event) {
    outcomes_.clear();
    provider_->scripts["first"].stalls_at = event;
    CollectingSink sink;
    Result<> done = run(sink, true);
    ASSERT_FALSE(done) << event;
    EXPECT_EQ(done.error().code, ErrorCode::cancelled);
    ASSERT_EQ(outcomes_.size(), 1u) << event;
    EXPECT_EQ(outcomes_[0].kind, store::OutcomeKind::cancelled);
    EXPECT_EQ(outcomes_[0].usage.completion_tokens, std::min<std::int64_t>(event > 0 ? event - 1 : 0, 2));
  }
}

TEST_F(GatewayTest, AnAnswerIsKeptBeforeItsEndIsTold) {
  CollectingSink sink;
  ASSERT_TRUE(run(sink));
  EXPECT_EQ(sink.ends, "kw");
  provider_->scripts["first"].then_fails = upstream_broke;
  CollectingSink broken;
  EXPECT_FALSE(run(broken));
  EXPECT_EQ(broken.ends, "c") << "what broke is not kept";
}

TEST_F(GatewayTest, WhatCannotBeKeptIsNotTriedElsewhereAndIsPaid) {
  CollectingSink sink;
  sink.cannot_keep = Error{.code = ErrorCode::unavailable, .message = "The disk is full."};
  Result<> done = run(sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "The disk is full.");
  EXPECT_EQ(sink.ends, "kc");
  EXPECT_EQ(provider_->sent.size(), 1u);
  expect_all_settled();
  EXPECT_EQ(outcomes_[0].kind, store::OutcomeKind::answered);
  EXPECT_EQ(outcomes_[0].cost, (Money{10 * 1000 + 2 * 2000, "EUR"}));
}

// A cascade: the first answer is held, and is shown only when nobody says more.
TEST_F(GatewayTest, OfACascadeTheAnswerThatIsShownIsKeptOnce) {
  auto catalogue = std::make_shared<Catalogue>(*gateway_->catalogue());
  catalogue->models["m"].strategy = Strategy::cascade;
  gateway_->replace_catalogue(catalogue);
  CollectingSink first;
  ASSERT_TRUE(run(first));
  EXPECT_EQ(first.who, "first");
  EXPECT_EQ(first.ends, "k");

  provider_->scripts["first"].events = {Started{}, Finished{}, Usage{.prompt_tokens = 10}};
  CollectingSink second;
  ASSERT_TRUE(run(second));
  EXPECT_EQ(second.who, "second");
  EXPECT_EQ(second.ends, "kw") << "not the empty one that nobody hears";
}

TEST_F(GatewayTest, AnUnknownModelIsSuggestedTheNearestOne) {
  CollectingSink sink;
  Result<> done = run(sink, false, "n");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "model_not_found");
  EXPECT_EQ(done.error().message, "The model 'n' does not exist here. Did you mean 'm'?");
}

TEST_F(GatewayTest, WhenNoCandidateCanTakeItTheLastRefusalIsTheAnswer) {
  for (auto& [name, script] : provider_->scripts) {
    script.refuses =
        Error{.code = ErrorCode::overloaded, .message = "Full.", .retry_after = std::chrono::milliseconds(700)};
  }
  CollectingSink sink;
  Result<> done = run(sink);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::overloaded);
  EXPECT_EQ(done.error().retry_after, std::chrono::milliseconds(700));
  EXPECT_TRUE(sink.who.empty());
}

}  // namespace
}  // namespace entente::gateway
