#include "wire/json_writer.hpp"

#include <charconv>
#include <cmath>

#include "base/json_text.hpp"

namespace entente::wire {

namespace {
template <class Number, class... Format>
void append_number(std::string& out, Number value, Format... format) {
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, value, format...).ptr;
  out.append(text, end);
}
}  // namespace

void JsonWriter::separate() {
  if (!after_key_ && !first_) out_ += ',';
  first_ = false;
  after_key_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  // Written with all its digits, a whole number of this size is an integer to readers, and may fit no integer type.
  constexpr double exact_integers = 9007199254740992;  // 2^53
  if (std::abs(value) >= exact_integers) {
    append_number(out_, value, std::chars_format::scientific);
  } else {
    append_number(out_, value);
  }
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

namespace {

struct Writing {
  JsonWriter& json;
  void operator()(std::nullptr_t) const { json.null(); }
  void operator()(bool value) const { json.boolean(value); }
  void operator()(std::int64_t value) const { json.number(value); }
  void operator()(std::uint64_t value) const { json.raw(std::to_string(value)); }
  void operator()(double value) const { json.number(value); }
  void operator()(const std::string& value) const { json.string(value); }
  void operator()(const Json::Array& array) const {
    json.begin_array();
    for (const Json& item : array) std::visit(*this, item.value);
    json.end_array();
  }
  void operator()(const Json::Object& object) const {
    json.begin_object();
    for (const auto& [name, member] : object) {
      json.key(name);
      std::visit(*this, member.value);
    }
    json.end_object();
  }
};

}  // namespace

std::string to_json_text(const Json& json) {
  std::string out;
  JsonWriter writer(out);
  std::visit(Writing{writer}, json.value);
  return out;
}

}  // namespace entente::wire
