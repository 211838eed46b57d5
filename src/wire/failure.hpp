// What a maker's answer of failure means, in our words: its status, the maker's code for it and its message become an
// Error whose reason says what can be done about it. Pure.
//
//   upstream_credentials   the provider does not take our key, or its account is spent: another key or provider may do
//   upstream_rate_limited  too much in a span of time: rate_limited, with retry_after where it was said
//   upstream_not_found     the provider has no such model
//   upstream_failed        a failure of the provider's own
//   loop_detected          another server of our kind saw its own request come back
//   content_filter         the provider refuses to answer this
// and context_too_long, too_large, invalid_request, unsupported with the maker's own code where it names one.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace entente::wire {

// What a maker's error object says, whatever it looks like.
struct FailureWords {
  std::string message;
  std::string code;  // the maker's machine word, empty when it has none
  std::string type;  // a coarser one
  std::string param;
};

Error failure_of(unsigned status, FailureWords words);

// {"error":{"message","type","code","param"}}, and what servers that are nearly compatible make of it.
FailureWords read_failure(std::string_view body);

}  // namespace entente::wire
