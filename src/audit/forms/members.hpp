// Members: what a line of the log, or the record it commits to, is read from: JSON whose members must be there, each of
// its kind. `what` names it in errors: "This is no erasure: 'at' is missing." It must stay, as the JSON must.
//
// Pure, any thread. Failure: invalid_request with that sentence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
  Result<std::int64_t> index(std::string_view name) const;  // a number from 0
  Result<std::string> date(std::string_view name) const;    // "2026-11-27"
  Result<const wire::Json::Array*> array(std::string_view name) const;
  Result<std::vector<Digest>> digests(std::string_view name) const;
  Result<std::string> canonical(std::string_view name) const;  // anything, as canonical JSON

  // The value of an enum that has one of these names; they stand in its order.
  template <class Enum>
  Result<Enum> one_of(std::string_view name, std::span<const std::string_view> names) const {
    TRY_ASSIGN(std::size_t place, place_in(name, names));
    return static_cast<Enum>(place);
  }

 private:
  Result<std::size_t> place_in(std::string_view name, std::span<const std::string_view> names) const;

  const wire::Json& json_;
  std::string_view what_;
};

}  // namespace entente::audit
