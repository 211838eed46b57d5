// What a route that answers whole would do with a body, for work that has no connection: a line of a batch.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::api {

struct WholeAsked {
  Work work;
  std::unique_ptr<wire::WholeAnswer> answer;
};

// `endpoint`: one of those that wire/openai/batches.hpp takes. Errors as the route's; a stream, and what would be kept
// between requests, is refused by name.
Result<WholeAsked> read_whole_asked(std::string_view endpoint, std::string_view body, Instant now);

}  // namespace entente::api
