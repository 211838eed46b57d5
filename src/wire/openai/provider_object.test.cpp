#include "wire/openai/provider_object.hpp"

#include <gtest/gtest.h>

#include "wire/openai/chat.hpp"

namespace entente::wire {
namespace {

Result<ChatRequest> decode(std::string_view provider) {
  return decode_chat_request(R"({"model":"m","messages":[{"role":"user","content":"x"}],"provider":)" +
                             std::string(provider) + "}");
}

TEST(ProviderObject, SaysWhoMayAnswer) {
  auto request = decode(
      R"({"order":["a","b"],"only":[],"ignore":["c"],"allow_fallbacks":false,"require_parameters":true,"sort":"latency",)"
      R"("max_price":{"prompt":1.5,"completion":2,"currency":"EUR"},"data_collection":"deny"})");
  ASSERT_TRUE(request) << request.error().message;
  const Preferences& preferences = *request->chat.preferences;
  EXPECT_EQ(preferences.order, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(preferences.only && preferences.only->empty());
  EXPECT_EQ(preferences.ignore, (std::vector<std::string>{"c"}));
  EXPECT_FALSE(preferences.allow_fallbacks);
  EXPECT_EQ(preferences.sort, Preferences::Sort::latency);
  EXPECT_EQ(preferences.most_price->currency, "EUR");
  EXPECT_EQ(preferences.most_price->input_nano_per_million, 1'500'000'000);
  EXPECT_EQ(preferences.most_price->output_nano_per_million, 2'000'000'000);
  EXPECT_TRUE(preferences.no_data_collection);

  EXPECT_FALSE(decode("null")->chat.preferences);
  EXPECT_FALSE(decode("{}")->chat.preferences->only);
  EXPECT_TRUE(decode(R"({"zdr":true})")->chat.preferences->no_data_collection);
}

TEST(ProviderObject, WhatIsNotHereIsRefusedByName) {
  for (auto [provider, param] : {std::pair{R"({"sort":"throughput"})", "provider.sort"},
                                 {R"({"only":"a"})", "provider.only"},
                                 {R"({"order":[1]})", "provider.order"},
                                 {R"({"max_price":{"request":1}})", "provider.max_price.request"},
                                 {R"({"data_collection":"never"})", "provider.data_collection"},
                                 {R"({"quantizations":["int4"]})", "provider.quantizations"},
                                 {R"({"ordered":["a"]})", "provider.ordered"}}) {
    auto request = decode(provider);
    ASSERT_FALSE(request) << provider;
    EXPECT_EQ(request.error().param, param);
  }
}

}  // namespace
}  // namespace entente::wire
