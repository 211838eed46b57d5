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
#include "local/fair_share.hpp"
#include "local/sizing.hpp"

namespace entente::local {

class ComputeThread;
class Spill;

// For machines whose processors each have memory of their own; as ggml names and does it.
enum class Numa { off, distribute, isolate, numactl };

// How keys and values are kept. On two cores f16 gave eight short conversations 1.07 and 1.20 × the tokens of q8_0 in
// two rounds (docs/benchmarks.md); q8_0 takes little more than half of the memory, and its reads are shorter at depth.
enum class KvLayout { f16, q8_0 };

// A LoRA adapter: small weights beside the model's, for answers that ask for it by name.
struct AdapterFile {
  std::string name;
  std::filesystem::path file;  // GGUF
  float scale = 1;
};

struct EngineOptions {
  std::filesystem::path file;               // a GGUF file
  std::string sha256;                       // of the file, hexadecimal, as whoever installed it says; empty: not known
  std::uint32_t context_tokens = 0;         // longest prompt + reply of one sequence; 0: what model and memory allow
  std::uint32_t sequences = 0;              // how many run at once; 0: chosen for this machine
  std::uint32_t threads = 0;                // 0: the cores this process may use
  std::uint32_t answer_threads = 0;         // for a step of a single answer; 0: measured after loading
  std::optional<std::uint32_t> gpu_layers;  // none: what fits into the memory of the devices there are
  Numa numa = Numa::off;                    // decided by the first model that is loaded
  std::uint32_t waiting = 64;               // pieces of work of one tenant that may wait before more is refused
  std::chrono::milliseconds patience{15'000};  // to the first token: work that would wait longer is refused
  std::chrono::milliseconds answer_gap{160};   // between two tokens of an answer: what prompts beside it must leave it
  RecommendedSampling sampling;                // used where a client leaves it open; empty: what the file itself says
  KvLayout kv = KvLayout::f16;
  bool proposals = true;                      // what an answer may copy is proposed and checked (prompt_lookup.hpp)
  std::optional<std::uint64_t> prefix_bytes;  // for computed prompts at rest; none: chosen for this machine
  std::shared_ptr<Spill> spill;               // where they go when there is no more room for them; null: nowhere
  std::filesystem::path eyes;  // the projector that lets the model see pictures, a GGUF file; empty: it sees none
  // A small model of the same vocabulary that guesses what this one says next (drafter.hpp), a GGUF file.
  std::filesystem::path draft = {};   // empty: none
  std::filesystem::path energy_counters = {};  // energy_meter.hpp; empty: energy is not known
  std::vector<FairWeight> weights;    // of tenants and projects; who is not named weighs 1
  std::vector<AdapterFile> adapters;  // loaded with the model; one that cannot be is missed by its name only
  std::shared_ptr<ComputeThread> compute_thread;  // shared by all engines of a process; none: a new one
};

// What a model makes of a text. One that answers may make vectors, too, best where its file says that it was made to.
enum class Makes { answers, vectors, scores };

struct EngineInfo {
  std::string sha256 = {};   // as the options said
  std::string architecture;  // "llama"
  std::string description;   // "llama 135M Q4_1"
  std::string backend;       // "CPU (zen4)": chosen by ggml when the program starts
  std::uint64_t file_bytes = 0;
  std::uint64_t parameters = 0;
  std::uint32_t context_tokens = 0;  // of one sequence, as loaded
  std::uint32_t trained_context_tokens = 0;
  std::uint32_t sequences = 0;
  std::uint32_t threads = 0;
  std::uint32_t width = 0;       // numbers of a vector
  std::uint32_t gpu_layers = 0;  // computed by devices beside the processor
  std::uint32_t layers = 0;      // that there are, with the one behind them that chooses among tokens
  Makes makes = Makes::answers;
  bool sees = false;           // pictures
  std::string why_blind = {};  // what is wrong with its projector
  std::string draft = {};      // the draft model beside it, as description; empty: none
  bool for_vectors = false;    // the file names how its vectors are to be pooled
};

struct EngineStats {
  std::uint32_t running = 0, waiting = 0;
  // Since it was loaded: tokens computed, taken from computed prompts, answered; steps, and the time they took.
  std::uint64_t prompt_tokens = 0, cached_tokens = 0, completion_tokens = 0, steps = 0;
  double step_seconds = 0;
  std::optional<double> joules;  // of the processors during those steps; none: not known
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

// Whether the engine could load this file, from its header alone: a fraction of a second for any size. Errors as of
// load().
Result<> check_model_file(const std::filesystem::path& file);

// What a loaded model of this file needs of the memory; from its header alone. Errors as of load().
Result<ModelNeeds> measure_model_file(const EngineOptions& options);

// What does the computing on this machine, as ggml chose it: "CPU (zen4)", "Vulkan0, CPU (haswell)".
std::string describe_backends();

}  // namespace entente::local
