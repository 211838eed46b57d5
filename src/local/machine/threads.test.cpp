#include "local/machine/threads.hpp"

#include <fstream>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/test_folder.hpp"

namespace entente::local {
namespace {

namespace fs = std::filesystem;

TEST(CountCores, TwoThreadsOfACoreAreOne) {
  TestFolder own;
  const fs::path& root = own.path();
  auto processor = [&own](int number, int package, int core) {
    std::string folder = "sys/devices/system/cpu/cpu" + std::to_string(number) + "/topology/";
    own.write(folder + "physical_package_id", std::to_string(package) + "\n");
    own.write(folder + "core_id", std::to_string(core) + "\n");
  };
  // Two packages of two cores with two threads each.
  for (int i = 0; i < 8; ++i) processor(i, i / 2 % 2, i % 2);
  std::vector<std::uint32_t> all{0, 1, 2, 3, 4, 5, 6, 7}, some{0, 1, 4};
  EXPECT_EQ(count_cores(all, root), 4u);
  EXPECT_EQ(count_cores(some, root), 2u) << "0 and 4 are one core";
  EXPECT_EQ(count_cores(all, root / "nothing here"), 8u);
  EXPECT_GE(usual_threads(), 1u);
}

TEST(MeasureThreads, TheFewestThatAreAsFastAsTheBest) {
  std::map<std::uint32_t, double> machine{{1, 1.0}, {2, 0.6}, {4, 0.401}, {6, 0.4}};
  auto seconds = [&machine](std::uint32_t threads) { return machine.at(threads); };
  EXPECT_EQ(measure_threads(6, 3, seconds), 4u);
  machine = {{1, 1.0}, {2, 1.1}};
  EXPECT_EQ(measure_threads(2, 3, seconds), 1u) << "they wait for each other longer than they compute";
}

TEST(MeasureThreads, OneDisturbedRoundDecidesNothing) {
  int asked = 0;
  auto seconds = [&asked](std::uint32_t threads) { return ++asked == 2 ? 50.0 : threads == 1 ? 1.0 : 0.5; };
  EXPECT_EQ(measure_threads(2, 3, seconds), 2u);
  EXPECT_EQ(measure_threads(1, 3, [](std::uint32_t) -> double { throw "nothing to measure"; }), 1u);
}

}  // namespace
}  // namespace entente::local
