// Reading a small JSON document once, front to back, without building a tree: for what is decoded with every delta.
//
//   Result<> read = read_on_demand(text, [&](od::object root) -> od::error_code {
//     return each_member(root, [&](std::string_view key, od::value value) -> od::error_code { … });
//   });
//
// simdjson's on-demand parser over a padded copy that each thread keeps. Members that nobody looks at are skipped.
// Views into strings live until the thread's next document. The error is upstream_failed with reason "bad_reply". For
// .cpp files of this room only: the header is heavy.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <simdjson.h>

#include "base/result.hpp"

namespace entente::wire::od {

using simdjson::error_code;
using simdjson::ondemand::array;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

#define OD_TRY(...)                                                         \
  do {                                                                      \
    if (::simdjson::error_code od_failed = (__VA_ARGS__)) return od_failed; \
  } while (false)

inline std::unexpected<Error> bad_reply(std::string_view why) {
  return fail({.code = ErrorCode::upstream_failed,
               .message = "The provider's answer cannot be read: it is not the JSON that was agreed on.",
               .reason = "bad_reply",
               .details = std::string(why)});
}

template <class Read>
Result<> read_on_demand(std::string_view text, Read&& read) {
  thread_local simdjson::ondemand::parser parser;
  thread_local std::vector<char> padded;
  if (padded.size() < text.size() + simdjson::SIMDJSON_PADDING || padded.size() > (1 << 20)) {
    padded = std::vector<char>(text.size() + simdjson::SIMDJSON_PADDING + 4096);
  }
  std::memcpy(padded.data(), text.data(), text.size());
  std::memset(padded.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
  simdjson::ondemand::document document;
  if (auto failed = parser.iterate(padded.data(), text.size(), padded.size()).get(document))
    return bad_reply(simdjson::error_message(failed));
  object root;
  if (auto failed = document.get_object().get(root)) return bad_reply(simdjson::error_message(failed));
  if (error_code failed = read(root)) return bad_reply(simdjson::error_message(failed));
  if (!document.at_end()) return bad_reply("something follows the document");
  return {};
}

template <class Member>
error_code each_member(object& of, Member&& member) {
  for (auto field : of) {
    std::string_view key;
    OD_TRY(field.unescaped_key(true).get(key));
    value member_value;
    OD_TRY(field.value().get(member_value));
    OD_TRY(member(key, member_value));
  }
  return simdjson::SUCCESS;
}

template <class Member>
error_code each_member_of(value& from, Member&& member) {
  object of;
  OD_TRY(from.get_object().get(of));
  return each_member(of, member);
}

template <class Item>
error_code each_item(value& from, Item&& item) {
  array all;
  OD_TRY(from.get_array().get(all));
  for (auto one : all) {
    value one_value;
    OD_TRY(one.get(one_value));
    OD_TRY(item(one_value));
  }
  return simdjson::SUCCESS;
}

inline bool is_null(value& from) {
  bool null = false;
  return !from.is_null().get(null) && null;
}

// Null is the same as absent.
inline error_code text(value& from, std::string_view& into) {
  if (is_null(from)) return simdjson::SUCCESS;
  return from.get_string(true).get(into);
}

inline error_code integer(value& from, std::int64_t& into) {
  if (is_null(from)) return simdjson::SUCCESS;
  simdjson::ondemand::number number;
  OD_TRY(from.get_number().get(number));
  if (number.is_int64()) {
    into = number.get_int64();
    return simdjson::SUCCESS;
  }
  constexpr double beyond = 9.2e18;
  double decimal = number.as_double();
  if (!(decimal > -beyond && decimal < beyond)) return simdjson::NUMBER_OUT_OF_RANGE;
  into = static_cast<std::int64_t>(decimal);
  return simdjson::SUCCESS;
}

inline error_code number(value& from, double& into) {
  if (is_null(from)) return simdjson::SUCCESS;
  return from.get_double().get(into);
}

inline bool is_a(value& from, json_type type) {
  json_type found;
  return !from.type().get(found) && found == type;
}

}  // namespace entente::wire::od
