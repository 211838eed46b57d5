#include "telemetry/exporter.hpp"

#include <atomic>
#include <format>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "net/test_server.hpp"

namespace entente::telemetry {
namespace {

using namespace std::chrono_literals;
using net::TestServer;
using testing::HasSubstr;

Span span_named(std::string name) { return begin_span(std::move(name), SpanKind::server, std::nullopt, Instant{}); }

std::string status(int code) { return std::format("HTTP/1.1 {} X\r\nContent-Length: 2\r\n\r\n{{}}", code); }

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

class Exporting : public testing::Test {
 protected:
  std::unique_ptr<Exporter> start(const std::string& endpoint, ExporterOptions options = {}) {
    options.endpoint = endpoint;
    if (options.gather == 1000ms) options.gather = 1ms;
    options.retry = 1ms;
    auto exporter = Exporter::start(std::move(options),
                                    [this](bool exported, std::uint64_t n) { (exported ? exported_ : dropped_) += n; });
    EXPECT_TRUE(exporter);
    return std::move(*exporter);
  }

  // Until it is so; a test that waits in vain fails by its own time limit.
  template <class Condition>
  void wait_for(Condition condition) {
    while (!condition()) std::this_thread::sleep_for(1ms);
  }

  std::atomic<std::uint64_t> exported_ = 0, dropped_ = 0;
};

TEST_F(Exporting, SpansArriveWithWhoSendsThem) {
  TestServer collector([](const TestServer::Asked&) { return status(200); });
  {
    auto exporter = start(collector.url() + "/", {.authorization = "Bearer t", .resource = {.service_name = "here"}});
    exporter->add(span_named("one"));
    wait_for([&] { return exported_ == 1; });
  }
  auto asked = collector.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_THAT(asked[0].line(), HasSubstr("POST /v1/traces "));
  EXPECT_EQ(asked[0].field("content-type"), "application/json");
  EXPECT_EQ(asked[0].field("authorization"), "Bearer t");
  EXPECT_THAT(asked[0].body, HasSubstr(R"("name":"one")"));
  EXPECT_THAT(asked[0].body, HasSubstr("here"));
}

TEST_F(Exporting, TheEndSendsWhatWaits) {
  TestServer collector([](const TestServer::Asked&) { return status(200); });
  {
    auto exporter = start(collector.url(), {.batch = 2, .gather = 1h, .flush = 1min});
    for (int i = 0; i < 5; ++i) exporter->add(span_named("s"));
  }
  EXPECT_EQ(exported_, 5U);
  EXPECT_EQ(dropped_, 0U);
  for (const auto& asked : collector.asked()) EXPECT_LE(count(asked.body, "spanId"), 2U);
}

TEST_F(Exporting, ABusyCollectorGetsTheSameSpansAgain) {
  std::atomic<int> refusals = 3;
  TestServer collector([&](const TestServer::Asked&) { return status(refusals-- > 0 ? 503 : 200); });
  auto exporter = start(collector.url());
  exporter->add(span_named("one"));
  wait_for([&] { return exported_ == 1; });
  auto asked = collector.asked();
  ASSERT_EQ(asked.size(), 4U);
  EXPECT_EQ(asked[0].body, asked[3].body);
}

TEST_F(Exporting, ARefusalDropsTheBatchAndNoMore) {
  std::atomic<int> refusals = 1;
  TestServer collector([&](const TestServer::Asked&) { return status(refusals-- > 0 ? 400 : 200); });
  auto exporter = start(collector.url());
  exporter->add(span_named("bad"));
  wait_for([&] { return dropped_ == 1; });
  exporter->add(span_named("good"));
  wait_for([&] { return exported_ == 1; });
  EXPECT_EQ(collector.asked().size(), 2U);
}

TEST_F(Exporting, ACutAnswerIsAFailureToBeTriedAgain) {
  std::atomic<int> cuts = 2;
  TestServer collector([&](const TestServer::Asked&) { return cuts-- > 0 ? std::string("HTTP/1.1 20") : status(200); });
  auto exporter = start(collector.url());
  exporter->add(span_named("one"));
  wait_for([&] { return exported_ == 1; });
}

TEST_F(Exporting, ASlowCollectorHoldsNobodyUpAndWhatDoesNotFitIsCounted) {
  std::atomic<bool> release = false;
  std::atomic<bool> asked = false;
  TestServer collector([&](const TestServer::Asked&) {
    asked = true;
    while (!release) std::this_thread::sleep_for(1ms);
    return status(200);
  });
  {
    auto exporter = start(collector.url(), {.most_waiting = 10, .batch = 1, .flush = 1min});
    exporter->add(span_named("first"));
    wait_for([&] { return asked.load(); });  // it is on its way: the queue is empty
    for (int i = 0; i < 25; ++i) exporter->add(span_named("more"));
    EXPECT_EQ(dropped_, 15U);
    release = true;
  }
  EXPECT_EQ(exported_, 11U);
  EXPECT_EQ(dropped_, 15U);
}

TEST_F(Exporting, ACollectorThatNeverAnswersDoesNotHoldTheEnd) {
  std::atomic<bool> release = false;
  std::atomic<bool> asked = false;
  TestServer collector([&](const TestServer::Asked&) {
    asked = true;
    while (!release) std::this_thread::sleep_for(1ms);
    return std::string();
  });
  {
    auto exporter = start(collector.url(), {.batch = 1, .flush = 1ms});
    for (int i = 0; i < 3; ++i) exporter->add(span_named("s"));
    wait_for([&] { return asked.load(); });
  }  // returns although the collector still sleeps
  EXPECT_FALSE(release);
  EXPECT_EQ(exported_, 0U);
  EXPECT_EQ(dropped_, 3U);
  release = true;
}

TEST_F(Exporting, AnAbsentCollectorIsGivenUpAtTheEnd) {
  std::string gone;
  {
    TestServer closed([](const TestServer::Asked&) { return std::string(); });
    gone = closed.url();
  }
  {
    auto exporter = start(gone);
    exporter->add(span_named("s"));
  }
  EXPECT_EQ(dropped_, 1U);
}

TEST_F(Exporting, AnEndpointThatIsNoUrlIsRefused) {
  EXPECT_EQ(Exporter::start({.endpoint = "collector:4318"}, {}).error().code, ErrorCode::invalid_request);
}

}  // namespace
}  // namespace entente::telemetry
