// Measured: how long the first token of each deployment took lately, for routing by latency.
//
// A mean that forgets: each answer counts a fifth, and what was measured a minute ago counts half as long, so that who
// was slow once is tried again. Any thread, without a lock once a deployment is known.
#pragma once

#include <atomic>
#include <chrono>
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

 private:
  struct One {
    std::atomic<std::int64_t> mean_us = 0, at_ns = 0;
  };
  using All = std::map<std::string, std::shared_ptr<One>, std::less<>>;
  std::mutex adding_;
  std::atomic<std::shared_ptr<const All>> all_ = std::make_shared<const All>();
};

}  // namespace entente::gateway
