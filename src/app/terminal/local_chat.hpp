// LocalChat: talking to a model in this very process, without a server.
//
// Blocking: say() returns when the answer has ended, its text handed on as it comes. A stop token ends an answer early;
// what was written until then is the reply, `stopped`. One thread at a time.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "domain/conversation.hpp"
#include "domain/event.hpp"
#include "domain/sampling.hpp"
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

  // How the answers are to be.
  struct Manner {
    Sampling sampling;
    std::optional<std::uint32_t> max_tokens;
  };

  struct ModelFile {
    std::filesystem::path path;
    RecommendedSampling sampling;  // what its maker recommends
  };
  static Result<LocalChat> load(const ModelFile& file, const config::Engine& settings, Manner manner,
                                const std::stop_token& stop);

  Result<Reply> say(const Conversation& conversation, const OnText& on_text, const std::stop_token& stop);

  local::EngineInfo info() const { return engine_->info(); }

 private:
  LocalChat(std::shared_ptr<local::Engine> engine, Manner manner)
      : engine_(std::move(engine)), manner_(std::move(manner)) {}

  std::shared_ptr<local::Engine> engine_;
  Manner manner_;
};

}  // namespace entente::app
