// Machine: what this machine offers a program: processor, memory, limits of its container. Reads /proc and
// /sys/fs/cgroup (Linux, cgroup 2); what cannot be read is nothing rather than a guess. Blocking, any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace entente::app {

struct Machine {
  std::string processor;                      // "AMD EPYC 7763", empty when not stated
  std::vector<std::string> features;          // those of models' interest: "avx2", "avx512f", …
  unsigned cores = 0;                         // this process may run on
  std::optional<double> cpu_quota;            // of the container, in cores
  std::uint64_t memory = 0;                   // bytes, of the machine
  std::uint64_t memory_available = 0;         // bytes, without pushing others out
  std::optional<std::uint64_t> memory_limit;  // bytes, of the container
  std::optional<std::uint64_t> memory_used;   // bytes, counted against that limit
  std::uint64_t open_files = 0;               // how many this process may have

  // What a model may take: the tighter of what the machine has left and what the container has left.
  std::uint64_t memory_left() const;
};

// `root` is "/" but in tests.
Machine look_at_machine(const std::filesystem::path& root = "/");

}  // namespace entente::app
