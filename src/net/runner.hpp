// Running a Task where there is no server: on the calling thread, until it has its result. For the command line, for
// threads of their own, and for tests.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace entente::net {

void run_until_done(std::function<boost::asio::awaitable<void>()> work);

template <class T>
Result<T> run_blocking(Task<T> task) {
  std::optional<Result<T>> result;
  run_until_done([&]() -> boost::asio::awaitable<void> { result.emplace(co_await std::move(task)); });
  return std::move(*result);
}

}  // namespace entente::net
