// The log of the process: one line an event, JSON for machines, coloured words for a person at a terminal.
//
//   log::info("Listening.", {{"address", "127.0.0.1:8080"}});
//
// A line says what happened in words and carries fields; it never holds prompt text, answers or secrets. Any thread; a
// line is written whole with one write(2) to standard error. set_up() is called once, before threads start.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace entente::log {

enum class Level { debug, info, warning, error };
enum class Form { automatic, json, human };  // automatic: human on a terminal, JSON elsewhere

struct Field {
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool> value;

  Field(std::string_view n, std::string v) : name(n), value(std::move(v)) {}
  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <class Integer>
    requires std::is_integral_v<Integer>
  Field(std::string_view n, Integer v) : name(n), value(static_cast<std::int64_t>(v)) {}
};
using Fields = std::initializer_list<Field>;

void set_up(Level least, Form form);
bool enabled(Level level);
void write(Level level, std::string_view message, Fields fields);

inline void debug(std::string_view message, Fields fields = {}) { write(Level::debug, message, fields); }
inline void info(std::string_view message, Fields fields = {}) { write(Level::info, message, fields); }
inline void warning(std::string_view message, Fields fields = {}) { write(Level::warning, message, fields); }
inline void error(std::string_view message, Fields fields = {}) { write(Level::error, message, fields); }

// One line without its newline, as write() would make it: for tests.
std::string format_json(Level level, std::string_view time, std::string_view message, Fields fields);
std::string format_human(Level level, std::string_view time, std::string_view message, Fields fields, bool colour);

}  // namespace entente::log
