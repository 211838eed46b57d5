// JsonWriter: writes JSON into a string, member by member, and keeps the commas right. Numbers are written so that they
// read back as the same value. One thread; the string grows, nothing fails.
//
//   JsonWriter json(out);
//   json.begin_object().key("id").string(id).key("choices").begin_array() … .end_array().end_object();
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/json.hpp"

namespace entente::wire {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number(double value);  // infinity and NaN, which JSON lacks, become null
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // a value that is JSON already

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string& out_;
  bool first_ = true;  // no value yet at this level
  bool after_key_ = false;
};

// A value as JSON text without spaces. Reads back as the same value.
std::string to_json_text(const Json& json);

}  // namespace entente::wire
