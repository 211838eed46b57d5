#include "app/terminal/transfer_line.hpp"

#include <cmath>
#include <cstdio>
#include <format>

#include <unistd.h>

#include "app/terminal/output.hpp"

namespace entente::app {

using namespace std::chrono_literals;

namespace {

constexpr auto remembered = 8s;  // long enough to be steady, short enough to notice a change

std::string time_left(double seconds) {
  auto whole = static_cast<std::int64_t>(std::ceil(seconds));
  if (whole < 100) return std::format("{} s left", whole);
  if (whole < 6000) return std::format("{} min left", (whole + 30) / 60);
  return std::format("{} h {} min left", whole / 3600, whole / 60 % 60);
}

}  // namespace

std::string describe_transfer(std::uint64_t done, std::uint64_t total, double rate) {
  std::string out = total == 0 ? in_words(done)
                               : std::format("{:.0f} %, {} of {}",
                                             std::floor(100 * static_cast<double>(done) / static_cast<double>(total)),
                                             in_words(done), in_words(total));
  if (rate >= 1) {
    out += std::format(", {}/s", in_words(static_cast<std::uint64_t>(rate)));
    if (total > done) out += std::format(", {}", time_left(static_cast<double>(total - done) / rate));
  }
  return out;
}

double TransferLine::rate(Steady::time_point now, std::uint64_t done) {
  if (lately_.empty() || now - lately_.back().first > 100ms) lately_.emplace_back(now, done);
  while (lately_.size() > 2 && now - lately_.front().first > remembered) lately_.pop_front();
  double seconds = std::chrono::duration<double>(now - lately_.front().first).count();
  if (seconds < 0.5 || done < lately_.front().second) return 0;
  return static_cast<double>(done - lately_.front().second) / seconds;
}

void TransferLine::show(std::uint64_t done, std::uint64_t total) {
  Steady::time_point now = Steady::now();
  double speed = rate(now, done);
  bool terminal = is_terminal(STDERR_FILENO);
  if (drawn_ == Steady::time_point{} && !terminal) drawn_ = now;  // a short transfer needs no line in a log
  if (now - drawn_ < (terminal ? 200ms : 10'000ms)) return;
  drawn_ = now;
  std::string line = std::format("{}: {}", what_, describe_transfer(done, total, speed));
  if (terminal) {
    std::fprintf(stderr, "\r%s\x1b[K", line.c_str());
    on_screen_ = true;
  } else {
    std::fprintf(stderr, "%s\n", line.c_str());
  }
}

void TransferLine::end() {
  if (std::exchange(on_screen_, false)) std::fprintf(stderr, "\r\x1b[K");
}

}  // namespace entente::app
