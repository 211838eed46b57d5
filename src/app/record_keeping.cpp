#include "app/record_keeping.hpp"

#include <cstdint>
#include <format>
#include <string_view>
#include <utility>

#include "app/output.hpp"
#include "base/log.hpp"

namespace entente::app {

namespace {

// In the largest unit of which it is a whole number: "30 days", "36 hours".
std::string in_words(std::chrono::milliseconds time) {
  struct Unit {
    std::int64_t milliseconds;
    std::string_view one, more;
  };
  constexpr Unit units[] = {{86'400'000, "day", "days"},
                            {3'600'000, "hour", "hours"},
                            {60'000, "minute", "minutes"},
                            {1'000, "second", "seconds"}};
  for (const Unit& unit : units) {
    if (time.count() % unit.milliseconds == 0)
      return counted(static_cast<std::uint64_t>(time.count() / unit.milliseconds), unit.one, unit.more);
  }
  return counted(static_cast<std::uint64_t>(time.count()), "millisecond", "milliseconds");
}

}  // namespace

void RecordKeeping::tend(std::chrono::milliseconds keep) {
  write_acts();
  carry_out_erasures();
  std::string today = to_rfc3339(clock_.now()).substr(0, 10);
  auto now = std::chrono::steady_clock::now();
  if ((today == done_for_ && keep == kept_) || now < next_try_) return;
  next_try_ = now + std::chrono::minutes(1);  // should it fail
  auto done = end_days(today, keep);
  if (!done) {
    log::error("What is due when a day has ended could not be written; it is tried again.",
               {{"error", done.error().message}, {"details", done.error().details}});
    return;
  }
  next_try_ = {};
  if (!*done) return;  // others have their turn, and it goes on in a second
  done_for_ = std::move(today);
  kept_ = keep;
}

void RecordKeeping::write_acts() {
  auto written = store_->write_acts();
  if (!written && writing_acts_) {
    log::error("What the operator did could not be written into the log; it is tried again.",
               {{"error", written.error().message}, {"details", written.error().details}});
  }
  writing_acts_ = written.has_value();
}

void RecordKeeping::carry_out_erasures() {
  auto carried_out = store_->carry_out_erasures();
  if (!carried_out && erasing_) {
    log::error("An erasure could not be carried out; it is tried again.",
               {{"error", carried_out.error().message}, {"details", carried_out.error().details}});
  } else if (carried_out && *carried_out > 0) {
    log::info("What was recorded of somebody was erased, as was asked for.", {{"erasures", *carried_out}});
  }
  erasing_ = carried_out.has_value();
}

// Heads first: they say how far each lane came, whatever is let go of afterwards.
Result<bool> RecordKeeping::end_days(const std::string& today, std::chrono::milliseconds keep) {
  if (heads_for_ != today) {
    TRY(store_->write_day_heads());
    heads_for_ = today;
  }
  if (keep.count() == 0) return true;
  TRY_ASSIGN(store::LetGo went, store_->let_go(clock_.now() - std::chrono::duration_cast<Instant::duration>(keep),
                                               "kept for " + in_words(keep)));
  let_go_ += went.entries;
  if (went.done && let_go_ > 0) {
    log::info("Records that were older than audit.keep were let go of.", {{"entries", std::exchange(let_go_, 0)}});
  }
  return went.done;
}

}  // namespace entente::app
