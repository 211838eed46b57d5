// Measured: how long the first token of each deployment took lately, for routing by latency.
//
// A mean that forgets: each answer counts a fifth, and what was measured a minute ago counts half as long, so that who
// was slow once is tried again. Any thread, without a lock once a deployment is known.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace entente::gateway {

class Measured {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void first_token(const std::string& deployment, std::chrono::microseconds took, Time now);
  std::optional<std::chrono::microseconds> first_token(std::string_view deployment, Time now) const;
  // After so long so many per cent of the latest answers had begun; nothing while too few were seen.
  std::optional<std::chrono::microseconds> percentile(std::string_view deployment, std::uint32_t per_cent) const;

 private:
  struct One {
    std::atomic<std::int64_t> mean_us = 0, at_ns = 0;
    std::array<std::atomic<std::int64_t>, 64> latest_us = {};  // a ring
    std::atomic<std::uint32_t> seen = 0;
  };
  using All = std::map<std::string, std::shared_ptr<One>, std::less<>>;
  std::mutex adding_;
  std::atomic<std::shared_ptr<const All>> all_ = std::make_shared<const All>();
};

}  // namespace entente::gateway
