// Once a turn: what several tasks of a thread want done, done once when all of them that could run have run: waking
// another thread costs a system call, however much it then finds.
//
// once_this_turn() is awaited by any task; turn_ended() is called soon after, on the thread of its io_context, once for
// however many asked in between, also when the io_context ends before.
#pragma once

#include <memory>

#include "base/task.hpp"

namespace entente {

class OnceATurn {
 public:
  virtual ~OnceATurn() = default;
  virtual void turn_ended() noexcept = 0;
};

boost::asio::awaitable<void> once_this_turn(std::shared_ptr<OnceATurn> whom);

}  // namespace entente
