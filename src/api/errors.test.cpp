#include "api/errors.hpp"

#include <format>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "wire/anthropic/error.hpp"
#include "wire/openai/error.hpp"

namespace entente::api {
namespace {

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

std::string rows_of_the_table() {
  std::string out;
  for (ErrorCode code :
       {ErrorCode::invalid_request, ErrorCode::unauthenticated, ErrorCode::forbidden, ErrorCode::not_found,
        ErrorCode::conflict, ErrorCode::too_large, ErrorCode::unsupported, ErrorCode::rate_limited,
        ErrorCode::budget_exhausted, ErrorCode::context_too_long, ErrorCode::overloaded, ErrorCode::upstream_failed,
        ErrorCode::timeout, ErrorCode::cancelled, ErrorCode::unavailable, ErrorCode::internal}) {
    Error error{.code = code};
    out += std::format("| `{}` | {} | `{}` | `{}` | {} | `{}` |\n", to_string(code), status_of(error),
                       wire::openai_type(code), wire::openai_code(error), status_of(error, Dialect::anthropic),
                       wire::anthropic_type(code));
  }
  return out;
}

TEST(Errors, ThePageSaysWhatTheCodeDoes) {
  std::ifstream file(ENTENTE_SOURCE_DIR "/docs/errors.md");
  std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_TRUE(page.contains(rows_of_the_table())) << rows_of_the_table();
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
