#include "local/model/offload.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace entente::local {
namespace {

constexpr std::uint64_t GB = 1'000'000'000;
// A model of 8 billion weights in four bits: 33 parts of 145 MB, with 31 MB of keys and values each.
constexpr OffloadNeeds eight_billion{.layers = 32, .weight_bytes = 4'785'000'000, .cell_bytes = 1 * GB};

std::vector<Device> devices(std::vector<std::uint64_t> free) {
  std::vector<Device> out;
  out.reserve(free.size());
  for (std::uint64_t bytes : free) out.push_back({.name = "Fake", .description = "", .free_bytes = bytes});
  return out;
}

TEST(ChooseOffload, WithoutADeviceNothingWhateverIsWished) {
  EXPECT_EQ(choose_offload(eight_billion, {}, std::nullopt), 0u);
  EXPECT_EQ(choose_offload(eight_billion, {}, 20), 0u);
}

TEST(ChooseOffload, ALargeDeviceTakesAll) { EXPECT_EQ(choose_offload(eight_billion, devices({24 * GB}), {}), 33u); }

TEST(ChooseOffload, ASmallOneTakesWhatFitsAndKeepsSomeForComputing) {
  std::uint32_t layers = choose_offload(eight_billion, devices({4 * GB}), {});
  EXPECT_EQ(layers, (4 * GB - 512 * 1024 * 1024) / (145'000'000 + 31'250'000));
  EXPECT_EQ(choose_offload(eight_billion, devices({500'000'000}), {}), 0u) << "not even one";
  EXPECT_EQ(choose_offload(eight_billion, devices({0}), {}), 0u);
}

TEST(ChooseOffload, SeveralDevicesAddUpInWholeLayers) {
  std::uint32_t one = choose_offload(eight_billion, devices({2 * GB}), {});
  EXPECT_EQ(choose_offload(eight_billion, devices({2 * GB, 2 * GB}), {}), 2 * one);
}

TEST(ChooseOffload, AWishIsKeptAsFarAsThereAreLayers) {
  EXPECT_EQ(choose_offload(eight_billion, devices({1 * GB}), 20), 20u);
  EXPECT_EQ(choose_offload(eight_billion, devices({24 * GB}), 0), 0u);
  EXPECT_EQ(choose_offload(eight_billion, devices({24 * GB}), 4000), 33u);
}

}  // namespace
}  // namespace entente::local
