#include "audit/forms/members.hpp"

#include <algorithm>
#include <format>

#include "audit/forms/canonical_json.hpp"
#include "audit/forms/lines.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"

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

Result<std::int64_t> Members::index(std::string_view name) const {
  TRY_ASSIGN(std::int64_t index, number(name));
  if (index < 0) return is_no(what_, std::format("'{}' is negative", name));
  return index;
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

Result<std::vector<Digest>> Members::digests(std::string_view name) const {
  TRY_ASSIGN(const wire::Json::Array* array, this->array(name));
  std::vector<Digest> digests;
  for (const wire::Json& one : *array) {
    const auto* written = one.as<std::string>();
    auto digest = written ? parse_hash(*written) : std::nullopt;
    if (!digest) return is_no(what_, std::format("'{}' has something that is no hash", name));
    digests.push_back(*digest);
  }
  return digests;
}

Result<std::string> Members::canonical(std::string_view name) const {
  const wire::Json* member = json_.find(name);
  if (!member) return is_no(what_, std::format("'{}' is missing", name));
  return canonical_json(*member);
}

Result<std::size_t> Members::place_in(std::string_view name, std::span<const std::string_view> names) const {
  TRY_ASSIGN(std::string written, text(name));
  auto known = std::ranges::find(names, written);
  if (known == names.end()) return is_no(what_, std::format("'{}' is no {}", shortened(written), name));
  return static_cast<std::size_t>(known - names.begin());
}

}  // namespace entente::audit
