#include "app/server/running.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/test_folder.hpp"

namespace entente::app {
namespace {

struct Running : testing::Test {
  TestFolder own;
  const std::filesystem::path& folder = own.path();
};

TEST_F(Running, IsFoundWhileItLives) {
  {
    RunningNote note(folder, {"http://127.0.0.1:4711/ai", "unix:/run/e.sock"});
    auto found = find_running(folder);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->process, getpid());
    EXPECT_EQ(found->addresses, (std::vector<std::string>{"http://127.0.0.1:4711/ai", "unix:/run/e.sock"}));
  }
  EXPECT_FALSE(find_running(folder));
}

TEST_F(Running, WhatAKilledServerLeftIsNotBelieved) {
  for (auto* left : {"", "nonsense\n", "0\n", "-1\n", "999999999\nhttp://127.0.0.1:1\n"}) {
    std::ofstream(folder / "server.pid") << left;
    EXPECT_FALSE(find_running(folder)) << left;
  }
}

TEST_F(Running, IsReachedOverLoopbackWhereItListensEverywhere) {
  EXPECT_EQ(reachable_url({"unix:/s", "https://0.0.0.0:8443/ai"}), "https://127.0.0.1:8443/ai");
  EXPECT_EQ(reachable_url({"http://[::]:8080"}), "http://[::1]:8080");
  EXPECT_EQ(reachable_url({"http://192.0.2.1:8080", "http://127.0.0.1:8081"}), "http://192.0.2.1:8080");
  EXPECT_EQ(reachable_url({"unix:/s"}), "");
}

}  // namespace
}  // namespace entente::app
