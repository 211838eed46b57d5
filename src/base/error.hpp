// What went wrong, said once, for everybody.
//
// An Error carries one of sixteen codes (what kind of failure, in no protocol's words), one sentence for the person,
// and details for the log that must never hold prompt text or secrets. Only api/ turns a code into an HTTP status; only
// app/ turns one into an exit code. `reason` is the stable machine word that clients match on ("model_not_found");
// `param` names the field of the request that was wrong, in the dialect's own spelling ("messages[0].role").
//
// Plain values, any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace entente {

enum class ErrorCode {
  invalid_request,   // the request says something that cannot be done as written
  unauthenticated,   // no key, or a key nobody knows
  forbidden,         // known, but not allowed
  not_found,         // the thing named does not exist
  conflict,          // it exists already, or changed meanwhile
  too_large,         // over a stated limit of size
  unsupported,       // understood, but nothing here can do it
  rate_limited,      // too much in a span of time: come back later
  budget_exhausted,  // the money set aside is spent
  context_too_long,  // prompt and reply do not fit the model's context
  overloaded,        // no room now: come back later
  upstream_failed,   // the provider answered with a failure
  timeout,           // a stated time ran out
  cancelled,         // whoever asked has left
  unavailable,       // a part of ourselves cannot work now (disk full, model missing)
  internal,          // a mistake of ours
};

// The code's name as written above: for logs, metrics and --json.
std::string_view to_string(ErrorCode code);

// The code of that name; nothing for any other text.
std::optional<ErrorCode> to_error_code(std::string_view name);

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;       // one sentence for the person: what is wrong, how to mend it
  std::string reason = {};   // machine word; empty: the dialect chooses one for the code
  std::string param = {};    // the field at fault, empty when there is none
  std::string details = {};  // for the log only
  std::optional<std::chrono::milliseconds> retry_after = {};
};

}  // namespace entente
