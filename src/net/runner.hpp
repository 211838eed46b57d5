// Running a Task where there is no server: on the calling thread, until it has its result. For the command line, for
// threads of their own, and for tests.
//
// A stop token cancels the Task from any thread: what it awaits ends with ErrorCode::cancelled, and so, in a Task that
// passes errors on, does the Task.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/task.hpp"

namespace entente::net {

void run_until_done(std::function<boost::asio::awaitable<void>()> work, std::stop_token stop = {});

template <class T>
Result<T> run_blocking(Task<T> task, std::stop_token stop = {}) {
  std::optional<Result<T>> result;
  run_until_done([&]() -> boost::asio::awaitable<void> { result.emplace(co_await std::move(task)); }, std::move(stop));
  return std::move(*result);
}

// Lets time pass; cancelled ends it early.
[[nodiscard]] Task<> pause(std::chrono::milliseconds time);

}  // namespace entente::net
