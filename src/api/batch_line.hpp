// What a line of a batch asks for: what the endpoint's route would read from it, always to be answered whole.
#pragma once

#include <string_view>

#include "api/read_work.hpp"

namespace entente::api {

// `endpoint`: one of those that wire/openai/batches.hpp takes. Errors as the route's; a stream, and what would be kept
// between requests, is refused by name. The work is of urgency `batch`, where it has one.
Result<ReadWork> read_batch_line(std::string_view endpoint, std::string_view body, Instant now);

}  // namespace entente::api
