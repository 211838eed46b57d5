// What commands print: a sentence on standard error when something could not be done, tables for people, sizes and
// times in words. Main thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.hpp"

namespace entente::app {

// "entente: …" on standard error, or {"error":{…}} on standard output; returns exit code 1.
int report(const Error& error, bool json);

bool is_terminal(int fd);
bool colour_wanted(int fd);  // a terminal, and NO_COLOR is not set

// For a terminal; as it is elsewhere.
std::string bold(std::string_view text, int fd);
std::string dim(std::string_view text, int fd);

// Columns as wide as their widest cell; nothing is cut.
void print_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

std::string in_words(std::uint64_t bytes);                                               // "98 MB"
std::string joined(const std::vector<std::string>& words);                               // "here, there"
std::string counted(std::uint64_t number, std::string_view one, std::string_view more);  // "1 lane", "2 lanes"

// The day that an option names ("--from", "2026-10-01"). Failure: a sentence that names the option.
Result<std::chrono::sys_days> day_option(std::string_view option, std::string_view value);

// A bar on a terminal, a line at the end elsewhere.
class ProgressBar {
 public:
  explicit ProgressBar(std::string what);
  ~ProgressBar();
  void show(std::uint64_t done, std::uint64_t total);

 private:
  std::string what_;
  int last_percent_ = -1;
};

// "Waiting for …: 3 s" on a terminal, once two seconds have passed, until done() or the end.
class WaitingLine {
 public:
  explicit WaitingLine(std::string what);
  void done();

 private:
  std::jthread shower_;
};

}  // namespace entente::app
