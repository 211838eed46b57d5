// Names for things that are made here: requests, attempts, keys, tenants.
//
// An id is a prefix that says what it names and 26 characters of Crockford base32: 48 bits of milliseconds, then 80
// random bits (the ULID layout). Ids made later sort later to the millisecond, which keeps SQLite's index pages warm.
// Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace entente {

// make_id("req", now) -> "req_01KASZ8Z5Q3V7M8K2T4N6P9R1S"
std::string make_id(std::string_view prefix, Instant now);

}  // namespace entente
