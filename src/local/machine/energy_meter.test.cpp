#include "local/machine/energy_meter.hpp"

#include <string>

#include <gtest/gtest.h>

#include "base/test_folder.hpp"

namespace entente::local {
namespace {

// A folder that looks like /sys/class/powercap.
class Energy : public ::testing::Test {
 protected:
  void zone(const std::string& name, const std::string& what, std::uint64_t energy) const {
    own.write(name + "/name", what + "\n");
    own.write(name + "/max_energy_range_uj", "1000000\n");
    counts(name, energy);
  }
  void counts(const std::string& name, std::uint64_t energy) const {
    own.write(name + "/energy_uj", std::to_string(energy) + "\n");
  }

  TestFolder own;
  const std::filesystem::path& folder = own.path();
};

TEST_F(Energy, IsThatOfAllPackagesAndOfNothingTwice) {
  zone("intel-rapl:0", "package-0", 1000);
  zone("intel-rapl:1", "package-1", 5000);
  zone("intel-rapl:0:0", "core", 100);
  zone("intel-rapl:2", "psys", 100);
  zone("intel-rapl-mmio:0", "package-0", 1000);
  EnergyMeter meter(folder);
  meter.begin();
  EXPECT_EQ(meter.microjoules(), 0);
  counts("intel-rapl:0", 1700);
  counts("intel-rapl:1", 5011);
  counts("intel-rapl:0:0", 90'000);
  counts("intel-rapl:2", 90'000);
  counts("intel-rapl-mmio:0", 1700);
  EXPECT_EQ(meter.microjoules(), 711);
  meter.begin();
  counts("intel-rapl:1", 5021);
  EXPECT_EQ(meter.microjoules(), 10);
}

TEST_F(Energy, GoesOnWhereACounterBeginsAgain) {
  zone("intel-rapl:0", "package-0", 999'900);
  EnergyMeter meter(folder);
  meter.begin();
  counts("intel-rapl:0", 50);
  EXPECT_EQ(meter.microjoules(), 150);
}

TEST_F(Energy, IsNotKnownWhereThereAreNoCountersOrNotAllCanBeRead) {
  for (const std::filesystem::path& none : {std::filesystem::path(), folder / "nothing", folder}) {
    EnergyMeter meter(none);
    meter.begin();
    EXPECT_EQ(meter.microjoules(), std::nullopt) << none;
  }
  zone("intel-rapl:0", "package-0", 1000);
  zone("intel-rapl:1", "package-1", 1000);
  std::filesystem::remove(folder / "intel-rapl:1" / "energy_uj");
  EnergyMeter half(folder);
  half.begin();
  EXPECT_EQ(half.microjoules(), std::nullopt);
}

TEST_F(Energy, IsNotKnownBeforeTheCounterWasReadOnce) {
  zone("intel-rapl:0", "package-0", 1000);
  counts("intel-rapl:0", 0);
  own.write("intel-rapl:0/energy_uj", "no number\n");
  EnergyMeter meter(folder);
  meter.begin();
  EXPECT_EQ(meter.microjoules(), std::nullopt);
  counts("intel-rapl:0", 2000);
  EXPECT_EQ(meter.microjoules(), std::nullopt);
}

}  // namespace
}  // namespace entente::local
