#include "api/routes.hpp"

#include <gtest/gtest.h>

namespace entente::api {
namespace {

TEST(Routes, MatchByMethodAndPath) {
  EXPECT_EQ(match("GET", "/v1/models").route->answer, &list_models);
  EXPECT_EQ(match("HEAD", "/v1/models").route->answer, &list_models);
  EXPECT_EQ(match("GET", "/v1/models/smollm2:135m").rest, "smollm2:135m");
  EXPECT_EQ(match("GET", "/v1/models/a/b").rest, "a/b");
  EXPECT_EQ(match("POST", "/session").route->answer, &open_session);
  EXPECT_EQ(match("GET", "/").route->answer, &show_page);
  EXPECT_EQ(match("GET", "/assets/app.js").rest, "assets/app.js");
}

TEST(Routes, AWrongMethodIsToldWhichAreRight) {
  Match wrong = match("GET", "/v1/chat/completions");
  EXPECT_EQ(wrong.route, nullptr);
  EXPECT_EQ(wrong.allow, "POST");
  EXPECT_EQ(match("PUT", "/session").allow, "GET, POST, DELETE");
  EXPECT_EQ(match("POST", "/").allow, "GET");
}

TEST(Routes, WhatNobodyAnswersIsNotAQuestionOfTheMethod) {
  for (std::string_view path : {"/v1/nothing", "/v1", "/nothing"}) {
    EXPECT_EQ(match("POST", path).route, nullptr) << path;
    EXPECT_EQ(match("POST", path).allow, "") << path;
  }
}

TEST(Routes, OnlyWhatMustBeIsOpen) {
  for (const Route& route : routes()) {
    bool open = route.path.starts_with("/health/") || route.path == "/openapi.json" || route.path == "/api/version" ||
                route.path == "/" || route.path == "/log/checkpoint" || route.path.starts_with("/log/public-key") ||
                route.path == "/log/retention" || route.path.starts_with("/witness/") ||
                (route.path == "/session" && route.method == "POST");
    EXPECT_EQ(route.door == Door::open, open) << route.path;
  }
}

}  // namespace
}  // namespace entente::api
