#include "api/errors.hpp"

#include <format>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "wire/anthropic/error.hpp"
#include "wire/anthropic/messages.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/completions.hpp"
#include "wire/openai/error.hpp"
#include "wire/openai/images.hpp"
#include "wire/openai/responses.hpp"
#include "wire/openai/speech.hpp"
#include "wire/openai/transcriptions.hpp"

namespace entente::api {
namespace {

constexpr ErrorCode every_code[] = {
    ErrorCode::invalid_request,  ErrorCode::unauthenticated,  ErrorCode::forbidden,   ErrorCode::not_found,
    ErrorCode::conflict,         ErrorCode::too_large,        ErrorCode::unsupported, ErrorCode::rate_limited,
    ErrorCode::budget_exhausted, ErrorCode::context_too_long, ErrorCode::overloaded,  ErrorCode::upstream_failed,
    ErrorCode::timeout,          ErrorCode::cancelled,        ErrorCode::unavailable, ErrorCode::internal};

TEST(Errors, EveryCodeHasItsStatus) {
  const std::pair<ErrorCode, unsigned> rows[] = {
      {ErrorCode::invalid_request, 400},  {ErrorCode::unauthenticated, 401}, {ErrorCode::forbidden, 403},
      {ErrorCode::not_found, 404},        {ErrorCode::conflict, 409},        {ErrorCode::too_large, 413},
      {ErrorCode::unsupported, 400},      {ErrorCode::rate_limited, 429},    {ErrorCode::budget_exhausted, 402},
      {ErrorCode::context_too_long, 400}, {ErrorCode::overloaded, 503},      {ErrorCode::upstream_failed, 502},
      {ErrorCode::timeout, 504},          {ErrorCode::cancelled, 499},       {ErrorCode::unavailable, 503},
      {ErrorCode::internal, 500}};
  for (auto [code, status] : rows) EXPECT_EQ(status_of({.code = code}), status) << to_string(code);
  EXPECT_EQ(status_of({.code = ErrorCode::timeout, .reason = "request_timeout"}), 408u);
  EXPECT_EQ(status_of({.code = ErrorCode::too_large, .reason = "headers_too_large"}), 431u);
}

TEST(Errors, WhatWentWrongInsideStaysInside) {
  net::Response response =
      error_response({.code = ErrorCode::internal, .message = "null at run.cpp:7", .details = "secret"});
  EXPECT_EQ(response.body.find("run.cpp"), std::string::npos);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(Errors, ARefusalForLackOfRoomSaysWhenToComeBack) {
  net::Response response = error_response(
      {.code = ErrorCode::overloaded, .message = "Full.", .retry_after = std::chrono::milliseconds(1500)});
  EXPECT_EQ(response.headers.get("retry-after"), "2");
  EXPECT_EQ(response.headers.get("Retry-After-Ms"), "1500");
}

TEST(Errors, WhatNoOtherTryMendsSaysSoAndNothingElseDoes) {
  for (ErrorCode code : every_code) {
    bool final = code == ErrorCode::budget_exhausted || code == ErrorCode::conflict;
    for (Dialect dialect : {Dialect::openai, Dialect::anthropic, Dialect::ollama}) {
      net::Headers headers = error_response({.code = code, .message = "No."}, dialect).headers;
      EXPECT_EQ(headers.get("x-should-retry"), final ? "false" : "") << to_string(code);
      EXPECT_FALSE(headers.contains("retry-after") || headers.contains("retry-after-ms")) << to_string(code);
    }
  }
  // As the routes of kept responses say it: of itself a store that fails would be worth another try.
  net::Response not_kept =
      error_response({.code = ErrorCode::unavailable, .message = "No room.", .reason = "response_not_kept"});
  EXPECT_EQ(not_kept.status, 503u);
  EXPECT_EQ(not_kept.headers.get("x-should-retry"), "false");
  EXPECT_TRUE(not_kept.body.contains(R"("code":"response_not_kept")")) << not_kept.body;
}

// The page's lines between a heading and the next one.
std::string section_of_the_page(std::string_view heading) {
  std::ifstream file(ENTENTE_SOURCE_DIR "/docs/errors.md");
  std::string page(std::istreambuf_iterator<char>(file), {});
  std::size_t begin = page.find(std::format("{}\n", heading));
  EXPECT_NE(begin, std::string::npos) << heading;
  if (begin == std::string::npos) return {};
  return page.substr(begin, page.find("\n## ", begin) - begin);
}

// The rows of the table that has this head, each with its line break, without what stands behind the first `columns`.
std::string table_of_the_page(std::string_view heading, std::string_view head, int columns) {
  std::string section = section_of_the_page(heading), out;
  std::size_t at = section.find(std::format("\n{}\n", head));
  EXPECT_NE(at, std::string::npos) << head;
  if (at == std::string::npos) return {};
  at = section.find('\n', section.find('\n', at + 1) + 1) + 1;  // behind the head and its line
  while (section.substr(at).starts_with('|')) {
    std::string row = section.substr(at, section.find('\n', at) - at);
    at += row.size() + 1;
    std::size_t end = 0;
    for (int i = 0; i < columns; ++i) end = row.find('|', end + 1);
    out += row.substr(0, end + 1) + "\n";
  }
  return out;
}

std::string rows_of_the_table() {
  std::string out;
  for (ErrorCode code : every_code) {
    Error error{.code = code};
    out += std::format("| `{}` | {} | `{}` | `{}` | {} | `{}` |\n", to_string(code), status_of(error),
                       wire::openai_type(code), wire::openai_code(error), status_of(error, Dialect::anthropic),
                       wire::anthropic_type(code));
  }
  return out;
}

TEST(Errors, ThePageSaysWhatTheCodeDoes) {
  EXPECT_EQ(
      table_of_the_page("# Errors",
                        "| code | OpenAI, Ollama | OpenAI `type` | OpenAI `code` | Anthropic | Anthropic `type` |", 6),
      rows_of_the_table());
}

TEST(Errors, ThePageNamesEveryFailureOfHttp) {
  std::string rows;
  for (auto [reason, status] : http_failures()) {
    rows += std::format("| {} | `{}` |\n", status, reason);
    for (Dialect dialect : {Dialect::openai, Dialect::anthropic, Dialect::ollama}) {
      EXPECT_EQ(status_of({.code = ErrorCode::internal, .reason = std::string(reason)}, dialect), status) << reason;
    }
  }
  EXPECT_EQ(table_of_the_page("# Errors", "| status | code | when |", 2), rows);
}

// What stands between backquotes; of a header with its value the name.
std::set<std::string, std::less<>> headers_in(std::string_view text) {
  std::set<std::string, std::less<>> names;
  while (true) {
    std::size_t begin = text.find('`');
    std::size_t end = begin == text.npos ? begin : text.find('`', begin + 1);
    if (end == text.npos) return names;
    std::string_view name = text.substr(begin + 1, end - begin - 1);
    names.emplace(name.substr(0, name.find(':')));
    text.remove_prefix(end + 1);
  }
}

TEST(Errors, ThePageNamesTheHeadersThatTheCodeSends) {
  // What api.cpp and rates.cpp add is told of in their own tests; here are those of an error itself.
  std::string table = table_of_the_page("## Headers", "| header | when |", 1);
  std::set<std::string, std::less<>> names = headers_in(table);
  net::Response response = error_response(
      {.code = ErrorCode::budget_exhausted, .message = "Spent.", .retry_after = std::chrono::milliseconds(10)});
  for (const auto& [name, value] : response.headers) {
    if (name == "content-type") continue;
    EXPECT_TRUE(names.contains(name)) << name << " is not in\n" << table;
  }
  EXPECT_TRUE(section_of_the_page("## Headers")
                  .contains("| `x-should-retry: false` | when another try is no use: the budget is spent, there is a "
                            "conflict, or an answer could not be kept |"));
}

// A stream that had begun, failed.
std::string failed(wire::StreamedAnswer& answer) {
  std::string out;
  answer.append(out, Started{});
  answer.append(out, TextDelta{.choice = 0, .text = "Hel", .logprobs = {}});
  answer.fail(out, {.code = ErrorCode::upstream_failed, .message = "It was cut.", .reason = "connection_cut"});
  return out;
}

TEST(Errors, ThePageSaysHowAStreamOfEachDialectEndsWhenItFails) {
  wire::ChatChunks chat({.id = "c", .model = "m"}, 1, true);
  wire::CompletionChunks completions({.id = "c", .model = "m"}, 1, true);
  wire::ResponsesStream responses({.id = "r", .model = "m"});
  wire::ImagesStream images(7, MakeFrom::words);
  wire::TranscriptStream transcript;
  wire::SpeechEvents speech;
  wire::SpeechFile file("mp3");
  wire::MessagesStream messages({.id = "m", .model = "m"});
  wire::OllamaStream lines(
      {.model = "m", .created_at = "then", .stopwatch = [] { return std::chrono::nanoseconds(1); }});
  struct Row {
    std::string_view dialect, end;  // as the page has them
    std::vector<wire::StreamedAnswer*> answers;
    std::string_view said;                     // the beginning of the last frame
    std::vector<std::string_view> never = {};  // what a whole answer would have
  };
  const Row rows[] = {
      {"OpenAI chat, completions",
       R"(a frame with `{"error": {…}}`, and no `[DONE]`)",
       {&chat, &completions},
       R"(data: {"error":{"message":"It was cut.")",
       {"[DONE]"}},
      {"OpenAI responses",
       "`response.failed`, whose `response.error` says why",
       {&responses},
       "event: response.failed\n",
       {"response.completed", "response.incomplete"}},
      {"OpenAI images",
       R"(an `error` event with `{"error": {…}}`, and no `image_generation.completed`)",
       {&images},
       "event: error\ndata: {\"error\":{\"message\":\"It was cut.\"",
       {"completed"}},
      {"OpenAI transcriptions, speech as events",
       R"(a frame with `{"error": {…}}`, and no `….done`)",
       {&transcript, &speech},
       R"(data: {"error":{"message":"It was cut.")",
       {".done"}},
      {"OpenAI speech as a file", "nothing can be said inside: the connection is cut", {&file}, ""},
      {"Anthropic",
       "an `error` event, and no `message_stop`",
       {&messages},
       "event: error\ndata: {\"type\":\"error\",\"error\":{",
       {"message_stop", "message_delta"}},
      {"Ollama",
       R"(a line with `{"error": "…"}`, and none with `"done": true`)",
       {&lines},
       R"({"error":"It was cut.")",
       {R"("done":true)"}},
  };
  std::string table;
  for (const Row& row : rows) {
    table += std::format("| {} | {} |\n", row.dialect, row.end);
    for (wire::StreamedAnswer* answer : row.answers) {
      std::string out = failed(*answer);
      EXPECT_EQ(answer->can_fail(), !row.said.empty()) << row.dialect;
      if (!answer->can_fail()) continue;
      // Frames of events end with an empty line, lines of JSON with one.
      std::string_view end = answer->media_type() == "text/event-stream" ? "\n\n" : "\n";
      ASSERT_TRUE(out.ends_with(end)) << out;
      std::size_t before = out.rfind(end, out.size() - end.size() - 1);
      std::string last = before == std::string::npos ? out : out.substr(before + end.size());
      EXPECT_TRUE(last.starts_with(row.said)) << last;
      EXPECT_TRUE(last.contains("It was cut.")) << last;
      for (std::string_view word : row.never) EXPECT_FALSE(out.contains(word)) << out;
    }
  }
  EXPECT_TRUE(failed(responses).contains(R"("error":{"code":"connection_cut","message":"It was cut."})"));
  EXPECT_EQ(table_of_the_page("## After the first byte", "| dialect | what ends the stream |", 2), table);
}

TEST(Errors, EachDialectHasItsOwnShape) {
  Error error{.code = ErrorCode::overloaded, .message = "Full."};
  EXPECT_EQ(error_response(error, Dialect::openai).status, 503u);
  EXPECT_EQ(error_response(error, Dialect::anthropic, "req_1").status, 529u);
  EXPECT_EQ(error_response(error, Dialect::anthropic, "req_1").body,
            R"({"type":"error","error":{"type":"overloaded_error","message":"Full."},"request_id":"req_1"})");
  EXPECT_EQ(error_response(error, Dialect::ollama).body, R"({"error":"Full."})");
}

}  // namespace
}  // namespace entente::api
