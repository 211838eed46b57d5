// How a model is to be loaded and run, and what it then is. Values; nothing here is checked before somebody loads.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/sampling.hpp"
#include "local/scheduling/fair_share.hpp"

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
  std::filesystem::path draft = {};            // empty: none
  std::filesystem::path energy_counters = {};  // energy_meter.hpp; empty: energy is not known
  std::vector<FairWeight> weights;             // of tenants and projects; who is not named weighs 1
  std::vector<AdapterFile> adapters;           // loaded with the model; one that cannot be is missed by its name only
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

}  // namespace entente::local
