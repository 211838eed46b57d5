#include "audit/members.hpp"

#include <format>

#include "audit/lines.hpp"
#include "base/clock.hpp"

namespace entente::audit {

std::unexpected<Error> is_no(std::string_view what, std::string_view why) {
  return fail(ErrorCode::invalid_request, std::format("This is no {}: {}.", what, why));
}

Result<std::string> Members::text(std::string_view name) const {
  const std::string* text = json_.text(name);
  if (!text) return is_no(what_, std::format("'{}' is missing", name));
  return *text;
}

Result<Digest> Members::digest(std::string_view name) const {
  TRY_ASSIGN(std::string written, text(name));
  auto digest = parse_hash(written);
  if (!digest) return is_no(what_, std::format("'{}' is no hash", name));
  return *digest;
}

Result<std::int64_t> Members::number(std::string_view name) const {
  const std::int64_t* number = json_.integer(name);
  if (!number) return is_no(what_, std::format("'{}' is missing", name));
  return *number;
}

Result<std::string> Members::date(std::string_view name) const {
  TRY_ASSIGN(std::string day, text(name));
  if (!parse_date(day)) return is_no(what_, std::format("'{}' is no date", name));
  return day;
}

Result<const wire::Json::Array*> Members::array(std::string_view name) const {
  const wire::Json::Array* array = json_.array(name);
  if (!array) return is_no(what_, std::format("'{}' is missing", name));
  return array;
}

}  // namespace entente::audit
