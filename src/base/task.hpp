// Task<T>: a coroutine that ends in a Result<T>.
//
// A Task starts when it is awaited (or when net/ spawns it) and runs on the executor of whoever awaits it: one thread
// of one io_context, so code inside a Task needs no lock for what only that connection touches.
//
// Cancellation: net/ starts root tasks with throw_if_cancelled(false). After a cancel, operations end with
// ErrorCode::cancelled instead of an exception, so that the work can still be settled; `co_await shield()` then makes
// the rest of the Task, and what it awaits, deaf to further cancellation.
//
// This is the only Asio header outside net/ and base/*.cpp, and costs 1.5 s a translation unit: include it where a Task
// is declared, nothing more.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/result.hpp"

namespace entente {

template <class T = void>
using Task = boost::asio::awaitable<Result<T>>;

// From here on this task cannot be cancelled any more: settlement runs to its end.
inline auto shield() { return boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation()); }

}  // namespace entente
