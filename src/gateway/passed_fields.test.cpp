#include "gateway/passed_fields.hpp"

#include <gtest/gtest.h>

namespace entente::gateway {
namespace {

Work chat_with(std::vector<PassedField> fields) {
  Chat chat;
  if (!fields.empty())
    chat.passed = std::make_shared<PassedFields>(
        PassedFields{.dialect = "openai chat", .fields = std::move(fields), .refusal = {}});
  return chat;
}

TEST(PassedFields, WhatNobodyKnowsPassesOnlyWhereNoPolicyApplies) {
  Deployment here{.name = "here", .provider = "local", .model = "m", .facts = {}, .price = {}};
  Deployment far{.name = "far", .provider = "p", .model = "m", .facts = {}, .price = {}};
  policy::Decision decision;
  decision.chosen = {&far};
  Work unknown = chat_with({{.name = "top_a", .value = "1", .classed = true}, {.name = "new", .value = "{}"}});
  EXPECT_EQ(passed_names(unknown), (std::vector<std::string>{"top_a", "new"}));
  EXPECT_FALSE(refusal_of_passed_fields(unknown, decision)) << "no policy applies";
  decision.applied = {0};
  decision.applied_names = {"health"};
  auto refused = refusal_of_passed_fields(unknown, decision);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, ErrorCode::forbidden);
  EXPECT_EQ(refused->param, "new");
  EXPECT_TRUE(refused->message.contains("'health'")) << refused->message;
  EXPECT_FALSE(refusal_of_passed_fields(chat_with({{.name = "top_a", .value = "1", .classed = true}}), decision));
  EXPECT_FALSE(refusal_of_passed_fields(chat_with({}), decision));
  EXPECT_FALSE(refusal_of_passed_fields(Complete{}, decision));
  decision.chosen = {&here};
  EXPECT_FALSE(refusal_of_passed_fields(unknown, decision)) << "it goes nowhere, and is refused by name";
}

}  // namespace
}  // namespace entente::gateway
