// EnergyMeter: what this machine's processors consume while something is computed, by the counters of their packages
// that Linux shows (Intel's and AMD's RAPL; the kernel's Documentation/power/powercap/powercap.rst). It is the energy
// of whole packages: whatever else runs on the machine meanwhile is in it, memory and graphics cards are not.
//
// One thread. A counter that is missing, as in most virtual machines, or that may not be read, as by users other than
// root unless they were allowed to, is no error: then nothing is known, and that is said.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace entente::local {

class EnergyMeter {
 public:
  // `folder`: as /sys/class/powercap; empty: nothing is measured.
  explicit EnergyMeter(const std::filesystem::path& folder);
  ~EnergyMeter();
  EnergyMeter(const EnergyMeter&) = delete;
  EnergyMeter& operator=(const EnergyMeter&) = delete;

  void begin();
  std::optional<std::int64_t> microjoules();  // since begin()

 private:
  struct Package {
    int file;             // -1: may not be read, so of the machine nothing is known
    std::uint64_t range;  // the counter begins at 0 again after this
    std::optional<std::uint64_t> began;
  };
  std::vector<Package> packages_;
};

}  // namespace entente::local
