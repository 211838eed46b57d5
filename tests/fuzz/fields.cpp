// wire/fields.hpp: the input's first bytes say which members are asked for and how, the rest is the object. A value
// that is given has the type and range asked for, the first mistake stays, and with no mistake every member was asked
// for.
#include "wire/fields.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "fuzz.hpp"

using namespace entente;
using namespace entente::fuzz;
using wire::Json;

namespace {

constexpr std::string_view names[] = {"model", "n", "temperature", "stop", "stream", "a", "", "\xC3\xA9"};

void ask(wire::Fields& fields, const Json& object, std::uint8_t byte) {
  std::string_view name = names[byte & 7];
  const Json* member = object.find(name);
  std::int64_t limit = std::int64_t{1} << (byte % 60);
  bool was_ok = fields.ok(), given = false;
  switch ((byte >> 3) % 7) {
    case 0: given = fields.text(name).has_value(); break;
    case 1: given = fields.boolean(name).has_value(); break;
    case 2:
      if (auto value = fields.integer(name, -limit, limit)) {
        given = true;
        require(*value >= -limit && *value <= limit, "an integer is within its limits");
      }
      break;
    case 3:
      if (auto value = fields.number(name, -0.5, 1.5)) {
        given = true;
        require(*value >= -0.5 && *value <= 1.5, "a number is within its limits");
      }
      break;
    case 4: given = fields.array(name) != nullptr; break;
    case 5: given = fields.object(name) != nullptr; break;
    case 6: given = fields.any(name) != nullptr; break;
  }
  bool present = member && !member->is_null();
  require(!given || present, "what is absent or null is not given");
  require(given || !present || !fields.ok(), "what is present and not given is a mistake");
  require(was_ok || !fields.ok(), "a mistake stays");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 5) return 0;
  Result<Json> object = wire::parse_json(text_of(data + 4, size - 4));
  if (!object) return 0;
  wire::Fields fields(*object, data[0] % 2 ? "messages[0]" : "");
  require(fields.ok() == (object->as<Json::Object>() != nullptr), "only an object has members");
  std::set<std::string_view> asked;
  for (std::size_t i = 0; i < 4; ++i) {
    ask(fields, *object, data[i]);
    asked.insert(names[data[i] & 7]);
  }
  bool was_ok = fields.ok();
  fields.nothing_else();
  if (fields.ok()) {
    for (const auto& [name, member] : *object->as<Json::Object>())
      require(asked.contains(name), "nothing is left over");
    return 0;
  }
  Error error = fields.error();
  require_good_refusal(error);
  require(was_ok || error.reason != "unknown_parameter", "the first mistake is the one that is told");
  return 0;
}
