#include "api/errors.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace entente::api
