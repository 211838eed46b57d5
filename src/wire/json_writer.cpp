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

}  // namespace entente::wire
