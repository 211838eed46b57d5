// What this process may use of the machine: a container's or a cgroup's limits count, not only the hardware. Linux; any
// thread; a value that cannot be read is the hardware's.
#pragma once

#include <cstdint>

namespace entente::local {

std::uint32_t usable_cores();
std::uint64_t available_memory();  // bytes that can be taken now without swapping
std::uint64_t usual_budget();      // for models, with all they take: half of what is free now

}  // namespace entente::local
