#include "app/reports/machine.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

#include <sched.h>
#include <sys/resource.h>

namespace entente::app {

namespace fs = std::filesystem;

namespace {

// What ggml chooses its kernels by, on x86-64 and on ARM.
constexpr std::string_view features_of_interest[] = {"avx",     "avx2",        "fma",      "f16c",       "avx_vnni",
                                                     "avx512f", "avx512_vnni", "amx_int8", "asimd",      "asimddp",
                                                     "i8mm",    "sve",         "sve2",     "avx512_bf16"};

std::string read_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// "key : value" lines; the first of each key.
std::map<std::string, std::string> read_table(const fs::path& file) {
  std::map<std::string, std::string> table;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    table.emplace(trimmed(std::string_view(line).substr(0, colon)), trimmed(std::string_view(line).substr(colon + 1)));
  }
  return table;
}

std::uint64_t kilobytes(const std::map<std::string, std::string>& table, const std::string& key) {
  auto found = table.find(key);
  return found == table.end() ? 0 : std::strtoull(found->second.c_str(), nullptr, 10) * 1024;
}

std::optional<std::uint64_t> read_number(const fs::path& file) {
  std::string text = read_line(file);
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;  // "max": no limit
  return std::strtoull(text.c_str(), nullptr, 10);
}

// Limits hold from the process's own group up to the root: the tightest counts.
void read_limits(const fs::path& root, Machine& machine) {
  std::string line = read_line(root / "proc/self/cgroup");
  if (!line.starts_with("0::/")) return;
  const fs::path top = root / "sys/fs/cgroup";
  for (fs::path group = top / line.substr(4);; group = group.parent_path()) {
    if (auto limit = read_number(group / "memory.max"); limit && limit < machine.memory_limit.value_or(UINT64_MAX)) {
      machine.memory_limit = limit;
      machine.memory_used = read_number(group / "memory.current");
    }
    std::istringstream quota(read_line(group / "cpu.max"));
    double micros = 0, period = 0;
    if (quota >> micros >> period && period > 0) {
      machine.cpu_quota = std::min(machine.cpu_quota.value_or(1e9), micros / period);
    }
    if (group == top || !group.has_relative_path() || group.string().size() <= top.string().size()) return;
  }
}

}  // namespace

std::uint64_t Machine::memory_left() const {
  if (!memory_limit) return memory_available;
  std::uint64_t used = memory_used.value_or(0);
  return std::min(memory_available, *memory_limit > used ? *memory_limit - used : 0);
}

Machine look_at_machine(const fs::path& root) {
  Machine machine;
  auto cpu = read_table(root / "proc/cpuinfo");
  machine.processor = cpu["model name"];
  std::istringstream flags(cpu.contains("flags") ? cpu["flags"] : cpu["Features"]);
  for (std::string flag; flags >> flag;) {
    if (std::ranges::contains(features_of_interest, flag)) machine.features.push_back(flag);
  }
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) machine.cores = static_cast<unsigned>(CPU_COUNT(&allowed));
  auto memory = read_table(root / "proc/meminfo");
  machine.memory = kilobytes(memory, "MemTotal");
  machine.memory_available = kilobytes(memory, "MemAvailable");
  read_limits(root, machine);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) machine.open_files = files.rlim_cur;
  return machine;
}

}  // namespace entente::app
