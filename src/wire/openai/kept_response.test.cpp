#include "wire/openai/kept_response.hpp"

#include <gtest/gtest.h>

namespace entente::wire {
namespace {

Conversation every_kind() {
  return {
      {.role = Role::developer, .parts = {TextPart{"Be brief. \"Really\"\n\x01 é 𝄞"}}, .name = {}},
      {.role = Role::user,
       .parts = {TextPart{""},
                 ImagePart{.url = {},
                           .media_type = "image/png",
                           .bytes = std::string("\x89PNG\0\xff\xfe", 7),
                           .detail = "low"},
                 ImagePart{.url = "https://example.org/a.png", .media_type = {}, .bytes = {}, .detail = {}}},
       .name = "Ada"},
      {.role = Role::assistant,
       .parts = {ReasoningPart{.text = "Hm.", .signature = "c2ln"},
                 ReasoningPart{.text = {}, .signature = "sealed", .sealed = true},
                 ToolCall{.id = "c1", .name = "f", .arguments = "{\"a\": not json", .signature = "c2ln"}},
       .name = {}},
      {.role = Role::tool,
       .parts = {ToolResult{.call = "c1", .text = "Sunny.", .failed = false},
                 ToolResult{.call = "c2", .text = {}, .failed = true}},
       .name = {}},
      {.role = Role::system, .parts = {}, .name = {}},
  };
}

TEST(KeptResponse, AConversationReadsBackAsItWas) {
  Conversation before = every_kind();
  auto after = decode_kept_conversation(encode_kept_conversation(before));
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_EQ(after->size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ((*after)[i].role, before[i].role) << i;
    EXPECT_EQ((*after)[i].name, before[i].name) << i;
    EXPECT_EQ((*after)[i].parts, before[i].parts) << i;
  }
  EXPECT_TRUE(decode_kept_conversation(encode_kept_conversation({}))->empty());
}

TEST(KeptResponse, ItemsAreShownAgainByteForByte) {
  std::vector<InputItem> before = {{.id = "item_0", .json = R"({"id":"item_0","n":1.50,"t":"\u00e9"})"},
                                   {.id = "msg_1", .json = "{}"}};
  auto after = decode_kept_input(encode_kept_input(before));
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_EQ(after->size(), 2u);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ((*after)[i].id, before[i].id);
    EXPECT_EQ((*after)[i].json, before[i].json);
  }
}

TEST(KeptResponse, WhatIsDamagedIsAnErrorAndNoHalfConversation) {
  std::string whole = encode_kept_conversation(every_kind());
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(decode_kept_conversation(std::string_view(whole).substr(0, length))) << length;
  for (const char* text :
       {"{}", "[1]", R"([{"role":"king","parts":[]}])", R"([{"role":"user"}])", R"([{"role":"user","parts":[{}]}])",
        R"([{"role":"user","parts":[{"image":{"base64":"!"}}]}])"}) {
    auto read = decode_kept_conversation(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::internal);
  }
  for (const char* text : {"", "{}", "[1]", R"([{"id":"a"}])", R"([{"item":"{}"}])"})
    EXPECT_FALSE(decode_kept_input(text)) << text;
}

}  // namespace
}  // namespace entente::wire
