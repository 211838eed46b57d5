#include "local/machine/machine.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>

#include <sched.h>
#include <unistd.h>

namespace entente::local {

namespace {

// cgroup v2: this process's own group and every group above it bind.
template <class Visit>
void each_cgroup(Visit visit) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("0::")) continue;
    std::string path = line.substr(3);
    while (true) {
      visit("/sys/fs/cgroup" + path + (path.ends_with('/') ? "" : "/"));
      auto slash = path.rfind('/');
      if (slash == std::string::npos || path == "/") return;
      path.resize(std::max<std::size_t>(slash, 1));
    }
  }
}

std::optional<std::uint64_t> number_in(const std::string& file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  if (in >> value) return value;
  return std::nullopt;  // no such file, or "max"
}

}  // namespace

std::uint32_t usable_cores() {
  cpu_set_t set;
  auto cores = static_cast<std::uint32_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  if (sched_getaffinity(0, sizeof set, &set) == 0) cores = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&set)));
  each_cgroup([&](const std::string& folder) {
    std::ifstream in(folder + "cpu.max");
    std::uint64_t quota = 0, period = 0;
    if (in >> quota >> period && period > 0) {
      cores = std::min(cores, static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (quota + period / 2) / period)));
    }
  });
  return cores;
}

std::uint64_t available_memory() {
  std::uint64_t available = 0;
  std::ifstream file("/proc/meminfo");
  for (std::string name; file >> name;) {
    std::uint64_t kilobytes = 0;
    std::string unit;
    file >> kilobytes;
    std::getline(file, unit);
    if (name == "MemAvailable:") available = kilobytes * 1024;
  }
  each_cgroup([&](const std::string& folder) {
    auto most = number_in(folder + "memory.max"), used = number_in(folder + "memory.current");
    if (most && used) available = std::min(available, *most - std::min(*most, *used));
  });
  return available;
}

std::uint64_t usual_budget() { return available_memory() / 2; }

}  // namespace entente::local
