#include "local/machine/threads.hpp"

#include <algorithm>
#include <format>
#include <fstream>
#include <map>
#include <ranges>
#include <set>
#include <utility>
#include <vector>

#include <sched.h>

#include "local/machine/machine.hpp"

namespace entente::local {

std::uint32_t count_cores(std::span<const std::uint32_t> processors, const std::filesystem::path& root) {
  std::set<std::pair<long, long>> cores;
  for (std::uint32_t processor : processors) {
    std::filesystem::path folder = root / std::format("sys/devices/system/cpu/cpu{}/topology", processor);
    std::ifstream package_file(folder / "physical_package_id"), core_file(folder / "core_id");
    long package = 0, core = 0;
    if (!(package_file >> package) || !(core_file >> core)) return static_cast<std::uint32_t>(processors.size());
    cores.emplace(package, core);
  }
  return static_cast<std::uint32_t>(cores.size());
}

std::uint32_t usual_threads() {
  std::vector<std::uint32_t> processors;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (std::uint32_t i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &set)) processors.push_back(i);
    }
  }
  std::uint32_t cores = count_cores(processors);
  return cores > 0 ? std::min(cores, usable_cores()) : usable_cores();
}

std::uint32_t measure_threads(std::uint32_t most, int rounds, const std::function<double(std::uint32_t)>& seconds) {
  std::map<std::uint32_t, double> best;
  for (std::uint32_t threads = 1; threads < most; threads *= 2) best[threads] = 1e9;
  best[std::max(1u, most)] = 1e9;
  for (int round = 0; round < rounds && best.size() > 1; ++round) {
    for (auto& [threads, took] : best) took = std::min(took, seconds(threads));
  }
  double least = std::ranges::min(best | std::views::values);
  return std::ranges::find_if(best, [least](const auto& tried) { return tried.second <= 1.03 * least; })->first;
}

}  // namespace entente::local
