#include "base/log.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <format>
#include <iterator>

#include <unistd.h>

#include "base/clock.hpp"
#include "base/json_text.hpp"

namespace entente::log {

namespace {

std::atomic<Level> least_level = Level::info;
std::atomic<bool> human = false;
std::atomic<bool> colourful = false;

std::string_view name(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
  }
  return "error";
}

std::string_view colour_of(Level level) {
  switch (level) {
    case Level::debug: return "\x1b[2m";
    case Level::info: return "\x1b[32m";
    case Level::warning: return "\x1b[33m";
    case Level::error: return "\x1b[31m";
  }
  return "";
}

void append_value(std::string& out, const Field& field, bool quote_strings) {
  std::visit(
      [&](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
          // A value with a space or a control character is quoted: nobody can draw on the operator's terminal.
          auto unsafe = [](unsigned char c) { return c <= ' ' || c == '"' || c == 0x7f; };
          if (quote_strings || value.empty() || std::ranges::any_of(value, unsafe)) {
            append_json_string(out, value);
          } else {
            out += value;
          }
        } else {
          std::format_to(std::back_inserter(out), "{}", value);
        }
      },
      field.value);
}

}  // namespace

void set_up(Level least, Form form) {
  bool terminal = isatty(STDERR_FILENO) == 1;
  least_level = least;
  human = form == Form::human || (form == Form::automatic && terminal);
  colourful = terminal && std::getenv("NO_COLOR") == nullptr;
}

bool enabled(Level level) { return level >= least_level.load(std::memory_order_relaxed); }

std::string format_json(Level level, std::string_view time, std::string_view message, Fields fields) {
  std::string out = std::format(R"({{"time":"{}","level":"{}","message":)", time, name(level));
  append_json_string(out, message);
  for (const Field& field : fields) {
    out += ',';
    append_json_string(out, field.name);
    out += ':';
    append_value(out, field, true);
  }
  out += '}';
  return out;
}

std::string format_human(Level level, std::string_view time, std::string_view message, Fields fields, bool colour) {
  std::string out(time.substr(11, 12));  // 08:13:59.123
  out += ' ';
  if (colour) out += colour_of(level);
  std::format_to(std::back_inserter(out), "{:<7}", name(level));
  if (colour) out += "\x1b[0m";
  out += ' ';
  out += message;
  for (const Field& field : fields) {
    out += ' ';
    out += field.name;
    out += '=';
    append_value(out, field, false);
  }
  return out;
}

void write(Level level, std::string_view message, Fields fields) {
  if (!enabled(level)) return;
  std::string time = to_rfc3339(system_clock().now());
  std::string line =
      human ? format_human(level, time, message, fields, colourful) : format_json(level, time, message, fields);
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    ssize_t n = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nobody reads our log: there is no better place to say so
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace entente::log
