// Models that come and go within a budget, over fake ones: who is loaded, who waits, who is told what.
#include "local/hosting/model_host.hpp"

#include <atomic>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>

#include "local/compute_thread.hpp"
#include "local/make_engine.hpp"
#include "local/model/fake_model.hpp"

namespace entente::local {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using Lease = ModelHost::Lease;

void eventually(const std::function<bool()>& so) {
  while (!so()) std::this_thread::sleep_for(1ms);  // bounded by the test's own time limit
}

// Somebody who asks for a model, on a thread of their own; may leave before it is there.
class Client {
 public:
  Client(ModelHost& host, std::string model, std::string tenant = "t") {
    told_ = [this](const ModelHost::Progress& progress) -> Task<> {
      std::lock_guard lock(mutex_);
      heard_.push_back(progress);
      co_return Result<>{};
    };
    asio::co_spawn(
        io_,
        [this, &host, model, tenant]() -> asio::awaitable<void> {
          co_await asio::this_coro::throw_if_cancelled(false);
          Result<Lease> lease = co_await host.engine(model, tenant, told_);
          std::lock_guard lock(mutex_);
          lease_.emplace(std::move(lease));
        },
        asio::bind_cancellation_slot(leave_.slot(), [](std::exception_ptr) {}));
    thread_ = std::jthread([this] { io_.run(); });
  }

  bool done() {
    std::lock_guard lock(mutex_);
    return lease_.has_value();
  }
  bool has_it() {
    eventually([this] { return done(); });
    return lease_->has_value();
  }
  Error error() {
    eventually([this] { return done(); });
    return lease_->has_value() ? Error{} : lease_->error();
  }
  void give_back() { lease_.reset(); }
  void leave() {
    asio::post(io_, [this] { leave_.emit(asio::cancellation_type::terminal); });
  }
  std::vector<ModelHost::Progress> heard() {
    std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  asio::io_context io_;
  asio::cancellation_signal leave_;
  ModelHost::Told told_;
  std::mutex mutex_;
  std::optional<Result<Lease>> lease_;
  std::vector<ModelHost::Progress> heard_;
  std::jthread thread_;
};

class ModelHostTest : public testing::Test {
 protected:
  void make(ModelHost::Options options) {
    host = std::make_unique<ModelHost>(options, [this](const std::string& model) { return prepare(model); });
  }
  void TearDown() override { gate_shut = false; }

  Result<ModelHost::Prepared> prepare(const std::string& model) {
    if (model == "missing") return fail(ErrorCode::unavailable, "The file is not there.");
    return ModelHost::Prepared{
        .sizes = {.least = least[model], .useful = least[model] + 10},
        .load = [this, model](std::uint64_t room, const auto& progress) { return load(model, room, progress); }};
  }

  Result<ModelHost::Loaded> load(const std::string& model, std::uint64_t room,
                                 const std::function<bool(float)>& progress) {
    loading = model;
    while (gate_shut) {
      if (!progress(0.5)) return fail(ErrorCode::cancelled, "Stopped.");
      std::this_thread::sleep_for(1ms);
    }
    if (model == "broken") return fail(ErrorCode::unavailable, "It is broken.");
    ++loads;
    std::uint64_t bytes = std::min(room, least[model] + 10);
    EngineOptions options;
    options.compute_thread = thread;
    auto engine = make_engine(std::make_unique<FakeModel>(std::make_shared<FakeModel::Watch>(),
                                                          EngineInfo{.context_tokens = 200, .sequences = 2}),
                              options);
    return ModelHost::Loaded{.engine = std::move(engine), .bytes = bytes};
  }

  std::set<std::string> ready() const {
    std::set<std::string> names;
    std::uint64_t taken = 0;
    for (const auto& resident : host->residents()) {
      taken += resident.bytes;
      if (resident.stage == Stage::ready) names.insert(resident.name);
    }
    EXPECT_LE(taken, host->budget());
    return names;
  }
  Stage stage_of(const std::string& name) const {
    for (const auto& resident : host->residents()) {
      if (resident.name == name) return resident.stage;
    }
    return Stage::absent;
  }

  std::map<std::string, std::uint64_t> least{{"a", 50}, {"b", 50}, {"c", 20}, {"huge", 200}, {"broken", 10}};
  std::shared_ptr<ComputeThread> thread = std::make_shared<ComputeThread>();
  std::atomic<bool> gate_shut = false;
  std::atomic<int> loads = 0;
  std::string loading;  // the one that was begun last
  std::unique_ptr<ModelHost> host;
};

TEST_F(ModelHostTest, SaysHowLongAModelStaysUnused) {
  auto left = [&](std::string_view name) -> std::optional<double> {
    for (const auto& resident : host->residents()) {
      if (resident.name == name) return resident.unload_in;
    }
    return -1;
  };
  make({.budget = 100, .pinned = {"c"}, .unload_after = 1h});
  {
    Client uses(*host, "a");
    ASSERT_TRUE(uses.has_it());
    EXPECT_EQ(left("a"), 3600) << "who uses it keeps it";
  }
  eventually([&] { return left("a") < 3600; });
  EXPECT_GT(left("a"), 3000);
  ASSERT_TRUE(Client(*host, "c").has_it());
  EXPECT_EQ(left("c"), std::nullopt) << "it is pinned";
  make({.budget = 100});
  ASSERT_TRUE(Client(*host, "a").has_it());
  EXPECT_EQ(left("a"), std::nullopt) << "nothing goes unless others need the room";
}

TEST_F(ModelHostTest, LoadsWhatIsAskedForOnceHoweverManyAsk) {
  make({.budget = 100});
  gate_shut = true;
  Client first(*host, "a"), second(*host, "a");
  eventually([&] { return !host->residents().empty() && host->residents()[0].waiting == 2; });
  eventually([&] { return stage_of("a") == Stage::loading; });  // the loader's thread comes to it when it comes
  gate_shut = false;
  EXPECT_TRUE(first.has_it() && second.has_it());
  EXPECT_EQ(loads, 1);
  EXPECT_TRUE(Client(*host, "a").has_it());
  EXPECT_EQ(loads, 1);
}

TEST_F(ModelHostTest, WhatRestsMakesRoomAndComesBack) {
  make({.budget = 100});
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(Client(*host, "a").has_it());
    EXPECT_EQ(ready(), (std::set<std::string>{"a"}));
    EXPECT_TRUE(Client(*host, "b").has_it());
    EXPECT_EQ(ready(), (std::set<std::string>{"b"}));
  }
  EXPECT_EQ(loads, 10);
}

TEST_F(ModelHostTest, WhatFitsBesideStays) {
  make({.budget = 100});
  EXPECT_TRUE(Client(*host, "a").has_it());
  EXPECT_TRUE(Client(*host, "c").has_it());
  EXPECT_EQ(ready(), (std::set<std::string>{"a", "c"}));
}

TEST_F(ModelHostTest, AnAnswerIsNeverEndedToMakeRoomAndNothingNewBeginsMeanwhile) {
  make({.budget = 100, .patience = 60s});
  Client running(*host, "a");
  ASSERT_TRUE(running.has_it());
  Client other(*host, "b");
  eventually([&] { return stage_of("a") == Stage::unloading; });
  Client late(*host, "a");
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(other.done());
  EXPECT_FALSE(late.done()) << "a model that goes takes nothing new";
  running.give_back();
  EXPECT_TRUE(other.has_it());
  EXPECT_FALSE(late.done());
  other.give_back();
  EXPECT_TRUE(late.has_it()) << "and is brought back for who asked meanwhile";
}

TEST_F(ModelHostTest, WhoWaitsTooLongForRoomIsRefusedAndTheOtherGoesOn) {
  make({.budget = 100, .patience = 50ms});
  Client running(*host, "a");
  ASSERT_TRUE(running.has_it());
  Error refused = Client(*host, "b").error();
  EXPECT_EQ(refused.code, ErrorCode::overloaded);
  EXPECT_GE(refused.retry_after, 1s);
  EXPECT_EQ(ready(), (std::set<std::string>{"a"})) << "it was asked to go, and may stay now";
  EXPECT_TRUE(Client(*host, "a").has_it());
  EXPECT_EQ(loads, 1);
}

TEST_F(ModelHostTest, PinnedModelsStay) {
  make({.budget = 100, .pinned = {"a"}, .patience = 50ms});
  host->preload("a");
  eventually([&] { return !host->preloading(); });
  Error refused = Client(*host, "b").error();
  EXPECT_EQ(refused.reason, "model_too_large");
  EXPECT_THAT(refused.message, testing::HasSubstr("pinned"));
  EXPECT_TRUE(Client(*host, "c").has_it());
  EXPECT_EQ(ready(), (std::set<std::string>{"a", "c"}));
}

TEST_F(ModelHostTest, WhatCannotFitAtAllIsRefusedByNameWithBothNumbers) {
  make({.budget = 100 * 1024 * 1024});
  least["huge"] = 200 * 1024 * 1024;
  Error refused = Client(*host, "huge").error();
  EXPECT_EQ(refused.code, ErrorCode::unavailable);
  EXPECT_THAT(refused.message, testing::AllOf(testing::HasSubstr("huge"), testing::HasSubstr("200 MiB"),
                                              testing::HasSubstr("100 MiB"), testing::HasSubstr("engine.memory")));
  EXPECT_EQ(stage_of("huge"), Stage::failed);
}

TEST_F(ModelHostTest, PreloadingPushesNobodyOut) {
  make({.budget = 100});
  host->preload("a");
  host->preload("b");
  eventually([&] { return !host->preloading(); });
  EXPECT_EQ(ready(), (std::set<std::string>{"a"}));
  EXPECT_TRUE(Client(*host, "b").has_it()) << "asked for, it comes";
}

TEST_F(ModelHostTest, AFailureIsToldToAllWhoWaitAndTheNextTriesAgain) {
  make({.budget = 100});
  EXPECT_EQ(Client(*host, "broken").error().message, "It is broken.");
  EXPECT_EQ(Client(*host, "missing").error().message, "The file is not there.");
  EXPECT_EQ(stage_of("missing"), Stage::failed);
  EXPECT_EQ(Client(*host, "broken").error().message, "It is broken.");
  EXPECT_TRUE(Client(*host, "a").has_it());
}

TEST_F(ModelHostTest, WhoWaitsHearsHowFarItIs) {
  make({.budget = 100, .tell_every = 2ms});
  gate_shut = true;
  Client client(*host, "a");
  eventually([&] { return client.heard().size() >= 3; });
  EXPECT_EQ(client.heard().back().stage, Stage::loading);
  EXPECT_FLOAT_EQ(client.heard().back().fraction, 0.5);
  gate_shut = false;
  EXPECT_TRUE(client.has_it());
}

TEST_F(ModelHostTest, WhoLeavesWaitsNoLongerAndIsNotLoadedFor) {
  make({.budget = 100});
  gate_shut = true;
  Client staying(*host, "a");
  eventually([&] { return stage_of("a") == Stage::loading; });
  Client leaving(*host, "b");
  eventually([&] { return stage_of("b") == Stage::waiting; });
  leaving.leave();
  EXPECT_EQ(leaving.error().code, ErrorCode::cancelled);
  EXPECT_EQ(stage_of("b"), Stage::absent) << "and it is not said to wait";
  gate_shut = false;
  EXPECT_TRUE(staying.has_it());
  staying.give_back();
  EXPECT_TRUE(Client(*host, "c").has_it());
  EXPECT_EQ(loads, 2) << "nobody wanted b any more";
}

TEST_F(ModelHostTest, SoManyOfATenantMayWait) {
  make({.budget = 100, .waiting = 2});
  gate_shut = true;
  Client first(*host, "a"), second(*host, "a");
  eventually([&] { return !host->residents().empty() && host->residents()[0].waiting == 2; });
  EXPECT_EQ(Client(*host, "a").error().code, ErrorCode::rate_limited);
  Client other(*host, "a", "another tenant");
  gate_shut = false;
  EXPECT_TRUE(other.has_it());
}

TEST_F(ModelHostTest, WhatNobodyUsesIsUnloaded) {
  make({.budget = 100, .pinned = {"c"}, .unload_after = 1ms});
  host->preload("c");
  Client user(*host, "a");
  ASSERT_TRUE(user.has_it());
  eventually([&] { return !host->preloading(); });
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(ready(), (std::set<std::string>{"a", "c"}));
  user.give_back();
  eventually([&] { return ready() == std::set<std::string>{"c"}; });
}

TEST_F(ModelHostTest, WhatTheConfigurationForgetsGoesWhenItsAnswersHaveEnded) {
  make({.budget = 100});
  Client user(*host, "a");
  ASSERT_TRUE(user.has_it());
  host->retain({"b"});
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(stage_of("a"), Stage::unloading);
  user.give_back();
  eventually([&] { return host->residents().empty(); });
}

TEST_F(ModelHostTest, ALeaseMayOutliveTheHostAndWhoWaitsIsTold) {
  make({.budget = 100});
  Client user(*host, "a");
  ASSERT_TRUE(user.has_it());
  gate_shut = true;
  Client waiting(*host, "c");
  eventually([&] { return stage_of("c") == Stage::loading; });
  host.reset();
  EXPECT_EQ(waiting.error().code, ErrorCode::unavailable);
  user.give_back();
}

TEST_F(ModelHostTest, ThousandsOfUsesInABudgetForTwoOfThree) {
  least = {{"a", 40}, {"b", 40}, {"c", 40}};
  make({.budget = 100, .patience = 60s});
  std::vector<std::jthread> users;
  users.reserve(4);
  std::atomic<int> served = 0;
  for (int user = 0; user < 4; ++user) {
    users.emplace_back([&, user] {
      for (int i = 0; i < 100; ++i) {
        Client client(*host, std::string(1, static_cast<char>('a' + (user + i * i) % 3)), std::to_string(user));
        if (client.has_it()) ++served;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    (void)ready();  // checks the budget
    std::this_thread::sleep_for(1ms);
  }
  users.clear();
  EXPECT_EQ(served, 400);
}

}  // namespace
}  // namespace entente::local
