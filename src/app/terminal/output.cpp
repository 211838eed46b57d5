#include "app/terminal/output.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <format>
#include <mutex>

#include <unistd.h>

#include "base/clock.hpp"
#include "wire/openai/error.hpp"

namespace entente::app {

int report(const Error& error, bool json) {
  if (json) {
    std::printf("%s\n", wire::encode_openai_error(error).c_str());
  } else {
    std::fprintf(stderr, "entente: %s\n", error.message.c_str());
  }
  return 1;
}

bool is_terminal(int fd) { return isatty(fd) == 1; }
bool colour_wanted(int fd) { return is_terminal(fd) && std::getenv("NO_COLOR") == nullptr; }

std::string bold(std::string_view text, int fd) {
  return colour_wanted(fd) ? std::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

std::string dim(std::string_view text, int fd) {
  return colour_wanted(fd) ? std::format("\x1b[2m{}\x1b[0m", text) : std::string(text);
}

namespace {

// Characters as a terminal counts them, near enough: code points.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

void print_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(head.size());
  for (std::size_t i = 0; i < head.size(); ++i) {
    widths[i] = width(head[i]);
    for (const auto& row : rows) widths[i] = std::max(widths[i], width(row[i]));
  }
  auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - width(row[i]) + 2, ' ');
    }
    std::printf("%s\n", line.c_str());
  };
  print(head);
  for (const auto& row : rows) print(row);
}

std::string in_words(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; amount >= 1000 && unit + 1 < std::size(units); ++unit) amount /= 1000;
  return unit > 0 && amount < 10 ? std::format("{:.1f} {}", amount, units[unit])
                                 : std::format("{:.0f} {}", amount, units[unit]);
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view more) {
  return std::format("{} {}", number, number == 1 ? one : more);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

Result<std::chrono::sys_days> day_option(std::string_view option, std::string_view value) {
  if (auto day = parse_date(value)) return std::chrono::sys_days(*day);
  return fail(ErrorCode::invalid_request,
              std::format("'{}' expects a date like 2026-10-01, but \"{}\" came.", option, value));
}

ProgressBar::ProgressBar(std::string what) : what_(std::move(what)) {}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  if (!is_terminal(STDERR_FILENO) || total == 0) return;
  int percent = static_cast<int>(done * 100 / total);
  if (percent == last_percent_) return;
  last_percent_ = percent;
  std::string bar(static_cast<std::size_t>(percent / 4), '#');
  std::fprintf(stderr, "\r%s [%-25s] %3d %%", what_.c_str(), bar.c_str(), percent);
}

ProgressBar::~ProgressBar() {
  if (last_percent_ >= 0) std::fprintf(stderr, "\r\x1b[K");
}

WaitingLine::WaitingLine(std::string what) {
  if (!is_terminal(STDERR_FILENO)) return;
  shower_ = std::jthread([what = std::move(what)](const std::stop_token& stop) {
    using namespace std::chrono;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    auto begin = steady_clock::now();
    bool shown = false;
    while (!stop.stop_requested()) {
      wake.wait_for(lock, stop, milliseconds(500), [] { return false; });
      auto waited = duration_cast<seconds>(steady_clock::now() - begin);
      if (stop.stop_requested() || waited < seconds(2)) continue;
      std::fprintf(stderr, "\r%s: %lld s", what.c_str(), static_cast<long long>(waited.count()));
      shown = true;
    }
    if (shown) std::fprintf(stderr, "\r\x1b[K");
  });
}

void WaitingLine::done() {
  if (!shower_.joinable()) return;
  shower_.request_stop();
  shower_.join();
}

}  // namespace entente::app
