// wire/json.hpp: what is accepted is written by JsonWriter and read back as the same value; no object keeps a key twice
// and nothing is nested beyond the limit.
#include "wire/json.hpp"

#include <algorithm>
#include <cmath>

#include "fuzz.hpp"
#include "wire/json_writer.hpp"

using namespace entente;
using namespace entente::fuzz;
using wire::Json;

namespace {

constexpr std::size_t deepest = 64;

void check(const Json& json, std::size_t depth) {
  require(depth <= deepest, "nesting stays below the limit");
  if (auto* text = json.as<std::string>()) {
    require(find_invalid_utf8(*text) == std::string::npos, "texts are UTF-8");
  } else if (auto* number = json.as<double>()) {
    require(std::isfinite(*number), "numbers are finite");
  } else if (auto* array = json.as<Json::Array>()) {
    for (const Json& item : *array) check(item, depth + 1);
  } else if (auto* object = json.as<Json::Object>()) {
    std::vector<std::string_view> keys;
    for (const auto& [key, member] : *object) {
      require(find_invalid_utf8(key) == std::string::npos, "keys are UTF-8");
      keys.push_back(key);
      check(member, depth + 1);
    }
    std::ranges::sort(keys);
    require(std::ranges::adjacent_find(keys) == keys.end(), "no key comes twice");
  }
}

void write(wire::JsonWriter& out, const Json& json) {
  if (json.is_null()) out.null();
  if (auto* flag = json.as<bool>()) out.boolean(*flag);
  if (auto* number = json.as<std::int64_t>()) out.number(*number);
  if (auto* number = json.as<std::uint64_t>()) out.raw(std::to_string(*number));
  if (auto* number = json.as<double>()) out.number(*number);
  if (auto* text = json.as<std::string>()) out.string(*text);
  if (auto* array = json.as<Json::Array>()) {
    out.begin_array();
    for (const Json& item : *array) write(out, item);
    out.end_array();
  }
  if (auto* object = json.as<Json::Object>()) {
    out.begin_object();
    for (const auto& [key, member] : *object) write(out.key(key), member);
    out.end_object();
  }
}

// A whole double is written without a point and comes back as an integer: the same number.
bool is_number(const Json& json) { return json.as<double>() || json.as<std::int64_t>() || json.as<std::uint64_t>(); }

double number_of(const Json& json) {
  if (auto* d = json.as<double>()) return *d;
  if (auto* i = json.as<std::int64_t>()) return static_cast<double>(*i);
  return static_cast<double>(*json.as<std::uint64_t>());
}

bool same(const Json& a, const Json& b) {
  if (is_number(a) && is_number(b)) {
    // Integers are compared as such: as doubles, neighbours beyond 2^53 look the same.
    if (a.as<double>()) return number_of(a) == number_of(b);
    if (auto* signed_a = a.as<std::int64_t>()) return b.as<std::int64_t>() && *signed_a == *b.as<std::int64_t>();
    return b.as<std::uint64_t>() && *a.as<std::uint64_t>() == *b.as<std::uint64_t>();
  }
  if (a.value.index() != b.value.index()) return false;
  if (auto* flag = a.as<bool>()) return *flag == *b.as<bool>();
  if (auto* text = a.as<std::string>()) return *text == *b.as<std::string>();
  if (auto* items = a.as<Json::Array>()) return std::ranges::equal(*items, *b.as<Json::Array>(), same);
  if (auto* members = a.as<Json::Object>()) {
    return std::ranges::equal(*members, *b.as<Json::Object>(), [](const auto& x, const auto& y) {
      return x.first == y.first && same(x.second, y.second);
    });
  }
  return true;  // null
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Result<Json> json = wire::parse_json(text_of(data, size), deepest);
  if (!json) {
    require(json.error().code == ErrorCode::invalid_request && json.error().reason == "invalid_json",
            "a refusal has its reason");
    require_good_refusal(json.error());
    return 0;
  }
  check(*json, 0);
  std::string written;
  wire::JsonWriter writer(written);
  write(writer, *json);
  Result<Json> again = wire::parse_json(written, deepest);
  require(again.has_value(), "what was read can be written and read again");
  require(same(*json, *again), "what was written is what was read");
  return 0;
}
