// Engine: one loaded model and the one thread that runs it.
//
// offer() renders the chat template, counts the prompt's tokens and reserves room (a sequence and the KV cells of
// prompt and reply) for the work, or says why not; nothing is admitted that could fail midway for lack of cells. The
// Ticket holds that room until start() turns it into a stream or the Ticket is destroyed. The engine thread batches all
// running sequences in each step (continuous batching): first every running stream's next token, then pieces of waiting
// prompts.
//
// Any thread may call offer(), start() and stats(). llama.h stays inside this room's .cpp files.
// Errors of offer(): context_too_long (reason "context_length_exceeded"), overloaded with retry_after, invalid_request.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/task.hpp"
#include "domain/event_stream.hpp"
#include "domain/work.hpp"

namespace entente::local {

struct EngineOptions {
  std::filesystem::path file;        // a GGUF file
  std::uint32_t context_tokens = 0;  // longest prompt + reply of one sequence; 0: what model and memory allow
  std::uint32_t sequences = 0;       // how many run at once; 0: chosen for this machine
  std::uint32_t threads = 0;         // 0: the cores this process may use
  std::uint32_t waiting = 64;        // tickets that may wait for a sequence before new work is refused
};

struct EngineInfo {
  std::string architecture;  // "llama"
  std::string description;   // "llama 135M Q4_1"
  std::string backend;       // "CPU (zen4)": chosen by ggml when the program starts
  std::uint64_t file_bytes = 0;
  std::uint64_t parameters = 0;
  std::uint32_t context_tokens = 0;  // of one sequence, as loaded
  std::uint32_t trained_context_tokens = 0;
  std::uint32_t sequences = 0;
  std::uint32_t threads = 0;
};

struct EngineStats {
  std::uint32_t running = 0, waiting = 0;
  std::uint64_t prompt_tokens = 0, completion_tokens = 0, steps = 0;  // since load
  double step_seconds = 0;                                            // spent in libllama since load
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
  virtual ~Engine() = default;  // ends every stream with `unavailable`, joins the engine thread

  virtual Task<std::unique_ptr<Ticket>> offer(std::shared_ptr<const Chat> chat) = 0;
  virtual EngineInfo info() const = 0;
  virtual EngineStats stats() const = 0;
};

// Whether the engine could load this file, from its header alone: a fraction of a second for any size. Errors as of
// load().
Result<> check_model_file(const std::filesystem::path& file);

// The ggml back ends found on this machine, for `doctor` and the log: "CPU (zen4), 2 threads".
std::string describe_backends();

}  // namespace entente::local
