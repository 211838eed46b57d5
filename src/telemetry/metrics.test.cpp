#include "telemetry/metrics.hpp"

#include <map>
#include <regex>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

namespace entente::telemetry {
namespace {

// The exposition as series -> value; fails the test on a line that breaks the format, a family without HELP and TYPE,
// or a series written twice.
std::map<std::string, double> scrape(const Metrics& metrics) {
  static const std::regex sample(R"re(([a-z_]+)(\{([a-z_]+="[^"\n]*",?)*\})? (\+Inf|[-+0-9.e]+))re");
  std::map<std::string, double> series;
  std::string typed;
  std::istringstream lines(metrics.text());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) continue;
    std::smatch match;
    if (line.starts_with("# TYPE ")) {
      typed = line.substr(7, line.find(' ', 7) - 7);
    } else if (!std::regex_match(line, match, sample)) {
      ADD_FAILURE() << "not a sample: " << line;
    } else {
      EXPECT_TRUE(match[1].str().starts_with(typed)) << line << " stands under TYPE " << typed;
      EXPECT_TRUE(series.emplace(match[1].str() + match[2].str(), std::stod(match[4])).second) << "twice: " << line;
    }
  }
  return series;
}

TEST(Metrics, AFreshServerTellsItsVersionAndThatNothingHappened) {
  auto series = scrape(Metrics("1.2.3"));
  EXPECT_EQ(series.at(R"(entente_build_info{version="1.2.3"})"), 1);
  EXPECT_EQ(series.at("entente_streams_open"), 0);
  EXPECT_EQ(series.at(R"(entente_trace_spans_total{outcome="dropped"})"), 0);
  EXPECT_FALSE(series.contains("entente_connections_open"));  // nobody has said where to read it
}

TEST(Metrics, RequestsAreCountedByRouteAndStatus) {
  Metrics metrics;
  metrics.declare_route("/v1/models/{id}");
  metrics.request_done("/v1/models/{id}", 200, 0.002);
  metrics.request_done("/v1/models/{id}", 200, 0.5);
  metrics.request_done("/v1/models/{id}", 404, 0.001);
  auto series = scrape(metrics);
  EXPECT_EQ(series.at(R"(entente_http_requests_total{route="/v1/models/{id}",status="200"})"), 2);
  EXPECT_EQ(series.at(R"(entente_http_requests_total{route="/v1/models/{id}",status="404"})"), 1);
  EXPECT_EQ(series.at(R"(entente_http_request_duration_seconds_count{route="/v1/models/{id}"})"), 3);
  EXPECT_EQ(series.at(R"(entente_http_request_duration_seconds_bucket{route="/v1/models/{id}",le="0.0025"})"), 2);
}

TEST(Metrics, WorkIsCountedUnderTheNamesOfTheSemanticConventions) {
  Metrics metrics;
  metrics.declare_model("assistant");
  metrics.declare_deployment("here", "entente");
  Metrics::Work& work = metrics.work({.model = "assistant", .deployment = "here"});
  work.first_token(0.03);
  work.per_output_token(0.01);
  work.done({}, 1.5);
  work.done(ErrorCode::timeout, 60);
  work.tokens(Direction::input, 12);
  work.tokens(Direction::output, 30);
  metrics.work({.model = "assistant", .deployment = "here"}).tokens(Direction::output, 12);
  metrics.attempt_done("here", AttemptEnd::answered);
  metrics.spans(false, 3);
  auto series = scrape(metrics);
  const std::string ours =
      R"(gen_ai_operation_name="chat",gen_ai_provider_name="entente",gen_ai_request_model="assistant"})";
  EXPECT_EQ(series.at(R"(gen_ai_server_time_to_first_token_seconds_sum{deployment="here",)" + ours), 0.03);
  EXPECT_EQ(series.at(R"(gen_ai_server_time_per_output_token_seconds_count{deployment="here",)" + ours), 1);
  EXPECT_EQ(series.at(R"(gen_ai_server_request_duration_seconds_count{deployment="here",)" + ours), 1);
  EXPECT_EQ(series.at(R"(gen_ai_server_request_duration_seconds_sum{deployment="here",error_type="timeout",)" + ours),
            60);
  EXPECT_EQ(series.at(R"(entente_tokens_total{deployment="here",direction="input",model="assistant"})"), 12);
  EXPECT_EQ(series.at(R"(entente_tokens_total{deployment="here",direction="output",model="assistant"})"), 42);
  EXPECT_EQ(series.at(R"(entente_attempts_total{deployment="here",outcome="answered"})"), 1);
  EXPECT_EQ(series.at(R"(entente_trace_spans_total{outcome="dropped"})"), 3);
}

TEST(Metrics, NamesThatNobodyDeclaredCountAsOtherHoweverMany) {
  Metrics metrics;
  auto one_of_each = [&](const std::string& name) {
    metrics.request_done("/" + name, 700, 0.1);
    metrics.work({.model = name, .deployment = name, .operation = name}).done({}, 0.1);
    metrics.attempt_done(name, AttemptEnd::failed);
  };
  one_of_each("first");
  std::size_t before = scrape(metrics).size();
  for (int i = 0; i < 100; ++i) one_of_each("model-" + std::to_string(i));
  auto series = scrape(metrics);
  EXPECT_EQ(series.size(), before);
  EXPECT_EQ(series.at(R"(entente_http_requests_total{route="other",status="other"})"), 101);
  EXPECT_EQ(series.at(R"(entente_attempts_total{deployment="other",outcome="failed"})"), 101);
}

TEST(Metrics, AnOpenStreamCountsUntilItsValueIsGone) {
  Metrics metrics;
  {
    auto one = metrics.open_stream();
    auto moved = std::move(one);
    auto two = metrics.open_stream();
    EXPECT_EQ(scrape(metrics).at("entente_streams_open"), 2);
  }
  EXPECT_EQ(scrape(metrics).at("entente_streams_open"), 0);
}

TEST(Metrics, SourcesAreReadAtEachScrapeUntilTakenAway) {
  Metrics metrics;
  std::uint64_t connections = 7;
  metrics.connections_from([&] { return connections++; });
  metrics.engines_from([] { return std::vector<EngineLoad>{{"assistant", 2, 3, 0.5}}; });
  metrics.store_from([] { return StoreLoad{.commits = 12, .last_commit_seconds = 0.0002, .healthy = false}; });
  metrics.deployments_from([] {
    return std::vector<DeploymentLoad>{
        {.deployment = "far", .usable = false, .running = 4, .keys_usable = 1, .keys_refused = 2}};
  });
  auto series = scrape(metrics);
  EXPECT_EQ(series.at(R"(entente_deployment_usable{deployment="far"})"), 0);
  EXPECT_EQ(series.at(R"(entente_deployment_running{deployment="far"})"), 4);
  EXPECT_EQ(series.at(R"(entente_deployment_keys{deployment="far",state="refused"})"), 2);
  EXPECT_FALSE(series.contains(R"(entente_deployment_first_token_seconds{deployment="far"})")) << "not known";
  EXPECT_EQ(series.at("entente_connections_open"), 7);
  EXPECT_EQ(series.at(R"(entente_engine_sequences_waiting{model="assistant"})"), 3);
  EXPECT_EQ(series.at(R"(entente_engine_kv_used_ratio{model="assistant"})"), 0.5);
  EXPECT_EQ(series.at("entente_store_commits_total"), 12);
  EXPECT_EQ(series.at("entente_store_last_commit_seconds"), 0.0002);
  EXPECT_EQ(series.at("entente_store_healthy"), 0);
  EXPECT_EQ(scrape(metrics).at("entente_connections_open"), 8);
  metrics.connections_from({});
  metrics.engines_from({});
  EXPECT_FALSE(scrape(metrics).contains("entente_connections_open"));
}

TEST(Metrics, LabelValuesAreEscaped) {
  Metrics metrics;
  metrics.engines_from([] { return std::vector<EngineLoad>{{"a\"b\\c\nd", 2, 0, 0}}; });
  EXPECT_NE(metrics.text().find(R"(entente_engine_sequences_running{model="a\"b\\c\nd"} 2)"), std::string::npos);
}

TEST(Metrics, NothingIsLostBetweenThreads) {
  Metrics metrics;
  metrics.declare_route("/x");
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) metrics.request_done("/x", static_cast<unsigned>(200 + i % 2), 0.1);
      });
    }
    for (int i = 0; i < 10; ++i) metrics.text();
  }
  auto series = scrape(metrics);
  EXPECT_EQ(series.at(R"(entente_http_request_duration_seconds_count{route="/x"})"), 4000);
  EXPECT_EQ(series.at(R"(entente_http_requests_total{route="/x",status="201"})"), 2000);
}

}  // namespace
}  // namespace entente::telemetry
