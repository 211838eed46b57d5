// Engine: one loaded model, run by the thread that computes.
//
// offer() renders the chat template, counts the prompt's tokens and asks the scheduler when an answer could begin;
// nothing is admitted that could fail midway for lack of cells, and nothing that would wait longer than anybody should.
// The Ticket holds that place until start() turns it into a stream or the Ticket is destroyed. Its loop shares
// steps among the tenants (scheduler.hpp), keeps computed prompts (prefix_store.hpp) and parks what must make room;
// several engines share one thread (compute_thread.hpp).
//
// Any thread may call offer(), start() and stats(). llama.h stays inside this room's .cpp files.
// Errors of offer(): context_too_long (reason "context_length_exceeded"), overloaded or, when the tenant's own queue is
// full, rate_limited, both with retry_after; invalid_request; what is wrong with the adapter's file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "domain/event_stream.hpp"
#include "domain/principal.hpp"
#include "domain/tokenizer.hpp"
#include "domain/work.hpp"
#include "local/model/options.hpp"

namespace entente::local {

struct EngineStats {
  std::uint32_t running = 0, waiting = 0;
  // Since it was loaded: tokens computed, taken from computed prompts, answered; steps, and the time they took.
  std::uint64_t prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0, steps = 0;
  double step_seconds = 0;
  std::optional<double> joules;                           // of the processors during those steps; none: not known
  std::uint64_t proposed_tokens = 0, proposed_right = 0;  // checked beside answers, since load
  std::uint64_t drafted_tokens = 0, drafted_right = 0;    // of those: a draft model's
  std::uint64_t parked = 0;                               // times that work had to make room, since load
  std::uint64_t prefix_bytes = 0;                         // computed prompts at rest in memory, now
  std::uint64_t spill_bytes = 0, spill_prompts = 0;       // on disk, now
  std::uint64_t spill_hits = 0;                           // computed prompts that were read back, since load
  std::uint64_t cells_used = 0;                           // of sequences × context_tokens, now

  struct Tenant {
    std::string tenant, name;
    std::uint32_t running = 0, waiting = 0;
    double served = 0;  // seconds of computing, divided by its weight, as its fair share is counted
  };
  std::vector<Tenant> tenants;  // with work now
};

class Ticket {
 public:
  virtual ~Ticket() = default;  // gives the room back if start() was not called
  virtual std::chrono::milliseconds expected_wait() const = 0;
  virtual std::int64_t prompt_tokens() const = 0;
  virtual std::int64_t most_completion_tokens() const = 0;  // over all choices
  // Called once. The stream outlives the ticket.
  virtual Result<std::unique_ptr<EventStream>> start() = 0;
};

class Engine {
 public:
  // Loads the model on the calling thread (seconds for a large file); `progress` gets 0 to 1 and may return false to
  // stop.
  static Result<std::shared_ptr<Engine>> load(EngineOptions options, std::function<bool(float)> progress = {});
  virtual ~Engine() = default;  // ends every stream with `unavailable`, waits for the step that runs

  // `adapter`: a name of the options'; empty: the model as it is.
  virtual Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Chat> chat, Principal payer,
                                              std::string adapter) = 0;
  // Each prompt of these is computed on its own; one ticket and one stream hold all.
  virtual Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Complete> work, Principal payer,
                                              std::string adapter) = 0;
  virtual Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Embed> work, Principal payer,
                                              std::string adapter) = 0;
  virtual Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Rerank> work, Principal payer,
                                              std::string adapter) = 0;

  // What a prompt becomes: of a chat with its template, of others the first text as it stands.
  virtual Result<std::vector<std::int32_t>> tokens_of(const Work& work) const = 0;
  virtual Result<std::string> text_of(std::span<const std::int32_t> tokens) const = 0;
  virtual TokenizerInfo tokenizer() const = 0;
  virtual EngineInfo info() const = 0;
  virtual EngineStats stats() const = 0;
};

}  // namespace entente::local
