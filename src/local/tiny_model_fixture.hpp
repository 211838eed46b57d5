// For tests of this room: the real engine over the tiny model of tests/tiny_model.py, which $ENTENTE_TINY_MODEL names.
#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "local/engine.hpp"
#include "local/test_answer.hpp"

namespace entente::local {

class TinyModelFixture : public testing::Test {
 protected:
  void SetUp() override {
    const char* named = std::getenv("ENTENTE_TINY_MODEL");
    if (!named) GTEST_SKIP() << "ENTENTE_TINY_MODEL names no model file";
    file = named;
    ASSERT_TRUE(std::filesystem::exists(file)) << file << " is not there";
  }

  // Sequences of 1,024 tokens, no computed prompts and endless patience, where `options` say nothing else.
  void load(EngineOptions options) {
    engine.reset();
    options.file = file;
    options.threads = 1;
    options.patience = std::chrono::hours(1);
    if (options.context_tokens == 0) options.context_tokens = 1024;
    if (!options.prefix_bytes) options.prefix_bytes = 0;
    auto loaded = Engine::load(options);
    ASSERT_TRUE(loaded) << loaded.error().message;
    engine = std::move(*loaded);
  }

  // Beside the model's.
  std::filesystem::path adapter_file() const {
    std::filesystem::path adapter = file;
    return adapter.replace_extension(".adapter.gguf");
  }

  // Never ends by itself: exactly max_tokens, the likeliest each time.
  static std::shared_ptr<Chat> chat(std::string text, std::uint32_t max_tokens = 48) {
    auto out = std::make_shared<Chat>();
    out->conversation = {said(Role::user, std::move(text))};
    out->sampling.temperature = 0;
    for (std::int32_t control : {0, 1, 2}) out->sampling.logit_bias[control] = -100;  // some of them end an answer
    out->max_tokens = max_tokens;
    out->logprobs = true;
    out->top_logprobs = 2;
    return out;
  }

  std::unique_ptr<EventStream> ask(std::shared_ptr<const Chat> chat, std::string tenant = "t",
                                   std::string adapter = {}) {
    auto ticket = wait_for(
        engine->offer(std::move(chat), {.tenant = std::move(tenant), .project = "p", .key = "k"}, std::move(adapter)));
    EXPECT_TRUE(ticket) << ticket.error().message;
    return std::move(*(*ticket)->start());
  }

  std::filesystem::path file;
  std::shared_ptr<Engine> engine;
};

}  // namespace entente::local
