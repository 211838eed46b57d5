// Waiting for a Notifier, but not for ever.
#pragma once

#include <chrono>

#include "base/notifier.hpp"

namespace entente::net {

// True when notified, false when the time is over; cancelled when whoever awaits is.
[[nodiscard]] Task<bool> wait_within(Notifier& notifier, std::chrono::milliseconds limit);

}  // namespace entente::net
