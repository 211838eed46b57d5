// For golden tests: the cases that lie in tests/golden, and holding what a codec writes against a file of one.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "wire/golden/test_dialects.hpp"
#include "wire/golden/test_script.hpp"

namespace entente::wire::golden {

inline std::filesystem::path folder() { return std::filesystem::path(ENTENTE_SOURCE_DIR) / "tests" / "golden"; }

inline std::optional<std::string> contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct GoldenCase {
  const Dialect* dialect;
  std::string name;  // "tools-custom": what happens is "tools"

  std::filesystem::path file(std::string_view ending) const {
    return folder() / dialect->folder / (name + std::string(ending));
  }
  std::filesystem::path script() const { return folder() / "events" / (name.substr(0, name.find('-')) + ".events"); }
  friend std::ostream& operator<<(std::ostream& out, const GoldenCase& one) {
    return out << one.dialect->folder << "/" << one.name;
  }
};

inline std::vector<GoldenCase> golden_cases() {
  constexpr std::string_view ending = ".request.json";
  std::vector<GoldenCase> found;
  for (const Dialect& dialect : dialects()) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder() / dialect.folder, none)) {
      std::string name = entry.path().filename().string();
      if (name.ends_with(ending)) found.push_back({&dialect, name.substr(0, name.size() - ending.size())});
    }
  }
  std::ranges::sort(found, {}, [](const GoldenCase& one) { return std::pair(one.dialect, one.name); });
  return found;
}

inline std::string test_name(const testing::TestParamInfo<GoldenCase>& info) {
  std::string name = std::format("{}_{}", info.param.dialect->folder, info.param.name);
  std::ranges::replace(name, '-', '_');
  return name;
}

// What a request and its script come to.
struct Played {
  std::string trace, stream, whole;
  Script script;
  std::uint32_t choices = 1;
};

inline Result<Played> play(const GoldenCase& one) {
  auto request = contents(one.file(".request.json")), said = contents(one.script());
  if (!request || !said) return fail(ErrorCode::not_found, std::format("There is no {}.", one.script().string()));
  TRY_ASSIGN(Asked asked, one.dialect->ask(*request));
  Played played{.trace = std::move(asked.trace), .stream = {}, .whole = {}, .script = {}, .choices = asked.choices};
  TRY_ASSIGN(played.script, read_script(*said));
  const auto& [events, failure] = played.script;
  for (const Event& event : events) {
    if (asked.stream) asked.stream->append(played.stream, event);
    asked.whole->add(event);
  }
  if (asked.stream) failure ? asked.stream->fail(played.stream, *failure) : asked.stream->end(played.stream);
  played.whole = failure ? one.dialect->failure(*failure) : asked.whole->body();
  return played;
}

// The first line that differs, from 1, with what both say there.
inline std::string first_difference(std::string_view golden, std::string_view now) {
  for (std::size_t line = 1;; ++line) {
    std::size_t golden_end = golden.find('\n'), now_end = now.find('\n');
    std::string_view then = golden.substr(0, golden_end), today = now.substr(0, now_end);
    bool over = golden_end == std::string_view::npos || now_end == std::string_view::npos;
    if (then != today || over) {
      std::string ends = then != today ? "" : "\n  (one of the two ends with it)";
      return std::format("line {}:\n  golden: {}\n  now:    {}{}", line, then, today, ends);
    }
    golden.remove_prefix(golden_end + 1);
    now.remove_prefix(now_end + 1);
  }
}

// The file is what is written now, or ENTENTE_WRITE_GOLDEN=1 makes it so.
inline void expect_golden(const std::filesystem::path& path, const std::string& now) {
  const char* write = std::getenv("ENTENTE_WRITE_GOLDEN");
  if (write && std::string_view(write) == "1") {
    std::ofstream(path, std::ios::binary) << now;
    return;
  }
  std::string shown = std::filesystem::relative(path, ENTENTE_SOURCE_DIR).string();
  constexpr std::string_view hint = "ENTENTE_WRITE_GOLDEN=1 writes it anew (tests/golden/README.md)";
  auto golden = contents(path);
  if (!golden) {
    ADD_FAILURE() << "there is no " << shown << "; " << hint;
  } else if (*golden != now) {
    ADD_FAILURE() << shown << " differs at " << first_difference(*golden, now) << "\n" << hint;
  }
}

}  // namespace entente::wire::golden
