// Members: what a line of the log, or the record it commits to, is read from: JSON whose members must be there, each of
// its kind. `what` names it in errors: "This is no erasure: 'at' is missing." It must stay, as the JSON must.
//
// Pure, any thread. Failure: invalid_request with that sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"
#include "wire/json.hpp"

namespace entente::audit {

std::unexpected<Error> is_no(std::string_view what, std::string_view why);

class Members {
 public:
  Members(const wire::Json& json, std::string_view what) : json_(json), what_(what) {}

  Result<std::string> text(std::string_view name) const;
  Result<Digest> digest(std::string_view name) const;
  Result<std::int64_t> number(std::string_view name) const;
  Result<std::string> date(std::string_view name) const;  // "2026-11-27"
  Result<const wire::Json::Array*> array(std::string_view name) const;

 private:
  const wire::Json& json_;
  std::string_view what_;
};

}  // namespace entente::audit
