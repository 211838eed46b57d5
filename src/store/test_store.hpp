// A store in a folder of its own, and a clock that the test moves.
#pragma once

#include <filesystem>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/test_folder.hpp"
#include "store/store.hpp"

namespace entente::store {

class TestClock final : public Clock {
 public:
  Instant now() const override { return now_; }
  Instant now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 23)};
};

class StoreTest : public testing::Test {
 protected:
  std::shared_ptr<Store> open(Store::Role role = Store::Role::server) {
    auto store = Store::open(folder_, role, clock_);
    EXPECT_TRUE(store) << store.error().message;
    return *store;
  }

  template <class T>
  static Result<T> wait(Task<T> task) {
    boost::asio::io_context io;
    auto result = boost::asio::co_spawn(io, std::move(task), boost::asio::use_future);
    io.run();
    return result.get();
  }

  Intent intent(std::string id, const CreatedKey& key, Store& store) {
    return {.attempt = std::move(id),
            .request = "req_1",
            .principal = store.find_credential(key.secret)->principal,
            .kind = "chat",
            .model = "m",
            .deployment = "here",
            .provider = "local",
            .place = "FR",
            .decision = {.text = "{}", .candidates = {}},
            .most_tokens = 10,
            .reserved = {},
            .at = clock_.now()};
  }

  TestFolder own_;
  const std::filesystem::path& folder_ = own_.path();
  TestClock clock_;
};

}  // namespace entente::store
