// Provider: who operates an endpoint that work can be sent to; "local" is this process.
//
// offer() asks whether the deployment could take the work now; a Ticket is a place kept for it, given back when the
// Ticket is destroyed. send() takes an Attempt, which only the gateway can make, after the intent to send is durable;
// it yields the stream of the answer. Both may be awaited on any network thread.
//
// Failure of offer(): a refusal (overloaded with retry_after, context_too_long, unavailable); the gateway then asks the
// next candidate. Failure of send() or of the stream: the attempt failed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "domain/deployment.hpp"
#include "domain/event_stream.hpp"
#include "domain/principal.hpp"
#include "domain/tokenizer.hpp"
#include "domain/work.hpp"
#include "providers/health_now.hpp"

namespace entente::providers {

class Attempt;

class Ticket {
 public:
  virtual ~Ticket() = default;
  virtual std::chrono::milliseconds expected_wait() const = 0;
  virtual std::int64_t prompt_tokens() const = 0;
  virtual std::int64_t most_completion_tokens()
      const = 0;  // over all choices: the worst case that money is set aside for
};

// Told about once a second while an offer waits for its model to be loaded: "loading smollm2:360m 43 %". An error of it
// ends the waiting.
using OnWaiting = std::function<Task<>(std::string what)>;

class Provider {
 public:
  virtual ~Provider() = default;
  virtual Task<std::unique_ptr<Ticket>> offer(const Deployment& deployment, std::shared_ptr<const Work> work,
                                              const Principal& payer, const OnWaiting& on_waiting) = 0;
  virtual Task<std::unique_ptr<EventStream>> send(Attempt attempt) = 0;

  // unsupported when no deployment of this provider takes such work, whatever is free or well now.
  virtual Result<> can_take(const Work&) const { return {}; }

  // How the deployment's last attempts went; nothing where nobody keeps that (this process).
  virtual std::optional<HealthNow> health(const Deployment&) const { return std::nullopt; }
  // A place for a test of the deployment with one of the provider's keys, counted from 0, whatever its health says.
  virtual Task<std::unique_ptr<Ticket>> offer_test(const Deployment& deployment, std::shared_ptr<const Work> work,
                                                   const Principal& payer, std::size_t) {
    co_return co_await offer(deployment, std::move(work), payer, [](std::string) -> Task<> { co_return Result<>{}; });
  }

  // How that model reads the work's prompt, and writes tokens; unsupported where nobody but the maker knows. Nothing is
  // answered.
  virtual Task<std::vector<std::int32_t>> tokens_of(const Deployment& deployment, std::shared_ptr<const Work>,
                                                    const Principal&) {
    co_return fail(only_the_maker_knows(deployment));
  }
  virtual Task<std::string> text_of(const Deployment& deployment, std::vector<std::int32_t>, const Principal&) {
    co_return fail(only_the_maker_knows(deployment));
  }
  virtual Task<TokenizerInfo> tokenizer_of(const Deployment& deployment, const Principal&) {
    co_return fail(only_the_maker_knows(deployment));
  }

 private:
  static Error only_the_maker_knows(const Deployment& deployment) {
    return {.code = ErrorCode::unsupported,
            .message = "The tokens of the deployment '" + deployment.name + "' are known to its maker only.",
            .reason = "tokens_unknown"};
  }
};

}  // namespace entente::providers
