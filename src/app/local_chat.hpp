// LocalChat: talking to a model in this very process, without a server.
//
// Blocking: say() returns when the answer has ended, its text handed on as it comes. A stop token ends an answer early;
// what was written until then is the reply, `stopped`. One thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "domain/conversation.hpp"
#include "domain/event.hpp"
#include "local/engine.hpp"

namespace entente::app {

struct Reply {
  std::string text;
  Usage usage;
  FinishReason finish = FinishReason::stop;
  bool stopped = false;
  std::chrono::microseconds first_token{0}, whole{0};  // since the question
};

class LocalChat {
 public:
  using OnText = std::function<void(std::string_view)>;

  static Result<LocalChat> load(const std::filesystem::path& file, const config::Engine& settings,
                                const std::stop_token& stop);

  Result<Reply> say(const Conversation& conversation, const OnText& on_text, const std::stop_token& stop);

  local::EngineInfo info() const { return engine_->info(); }

 private:
  explicit LocalChat(std::shared_ptr<local::Engine> engine) : engine_(std::move(engine)) {}

  std::shared_ptr<local::Engine> engine_;
};

}  // namespace entente::app
