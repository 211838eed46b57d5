#include "app/record_keeping.hpp"

#include <cstdint>
#include <format>
#include <string_view>

#include "base/log.hpp"

namespace entente::app {

namespace {

// In the largest unit of which it is a whole number: "30 days", "36 hours".
std::string in_words(std::chrono::milliseconds time) {
  struct Unit {
    std::int64_t milliseconds;
    std::string_view name;
  };
  constexpr Unit units[] = {{86'400'000, "day"}, {3'600'000, "hour"}, {60'000, "minute"}, {1'000, "second"}};
  for (const Unit& unit : units) {
    if (time.count() % unit.milliseconds != 0) continue;
    std::int64_t number = time.count() / unit.milliseconds;
    return std::format("{} {}{}", number, unit.name, number == 1 ? "" : "s");
  }
  return std::format("{} milliseconds", time.count());
}

}  // namespace

void RecordKeeping::tend(std::chrono::milliseconds keep) {
  write_acts();
  carry_out_erasures();
  std::string today = to_rfc3339(clock_.now()).substr(0, 10);
  auto now = std::chrono::steady_clock::now();
  if ((today == done_for_ && keep == kept_) || now < next_try_) return;
  next_try_ = now + std::chrono::minutes(1);  // should it fail
  auto done = end_days(keep);
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
Result<bool> RecordKeeping::end_days(std::chrono::milliseconds keep) {
  TRY(store_->write_day_heads());
  if (keep.count() == 0) return true;
  TRY_ASSIGN(store::LetGo went, store_->let_go(clock_.now() - std::chrono::duration_cast<Instant::duration>(keep),
                                               "kept for " + in_words(keep)));
  if (went.entries > 0)
    log::info("Records that were older than audit.keep were let go of.", {{"entries", went.entries}});
  return went.done;
}

}  // namespace entente::app
