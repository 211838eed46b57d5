// For tests of this room: the engine over a fake model.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "local/engine.hpp"
#include "local/make_engine.hpp"
#include "local/model/fake_model.hpp"
#include "local/test_answer.hpp"

namespace entente::local {

class EngineTest : public testing::Test {
 protected:
  void make(EngineInfo info = {.context_tokens = 200, .sequences = 4}, EngineOptions options = {}) {
    engine = make_engine(std::make_unique<FakeModel>(watch, info), options);
  }
  static std::shared_ptr<const Chat> chat(std::string text) {
    auto out = std::make_shared<Chat>();
    out->conversation = {said(Role::user, std::move(text))};
    return out;
  }
  auto offer(std::shared_ptr<const Chat> chat, std::string tenant = "t", std::string adapter = {}) {
    return wait_for(
        engine->offer(std::move(chat), {.tenant = std::move(tenant), .project = "p", .key = "k"}, std::move(adapter)));
  }
  Result<std::unique_ptr<EventStream>> ask(std::shared_ptr<const Chat> chat, std::string tenant = "t",
                                           std::string adapter = {}) {
    TRY_ASSIGN(auto ticket, offer(std::move(chat), std::move(tenant), std::move(adapter)));
    return ticket->start();
  }
  // Waits until the engine has nothing left; bounded by the test's own time limit.
  void await_idle() const {
    while (engine->stats().running + engine->stats().waiting > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::shared_ptr<FakeModel::Watch> watch = std::make_shared<FakeModel::Watch>();
  std::shared_ptr<Engine> engine;
};

}  // namespace entente::local
