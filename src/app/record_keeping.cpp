#include "app/record_keeping.hpp"

#include <format>

#include "base/log.hpp"

namespace entente::app {

void RecordKeeping::tend(std::chrono::milliseconds keep) {
  carry_out_erasures();
  std::string today = to_rfc3339(clock_.now()).substr(0, 10);
  auto now = std::chrono::steady_clock::now();
  if ((today == done_for_ && keep == kept_) || now < next_try_) return;
  next_try_ = now + std::chrono::minutes(1);  // should it fail
  if (Result<> done = end_days(keep); !done) {
    log::error("What is due when a day has ended could not be written; it is tried again.",
               {{"error", done.error().message}, {"details", done.error().details}});
    return;
  }
  done_for_ = std::move(today);
  kept_ = keep;
  next_try_ = {};
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
Result<> RecordKeeping::end_days(std::chrono::milliseconds keep) {
  TRY(store_->write_day_heads());
  if (keep.count() == 0) return {};
  auto days = std::chrono::duration_cast<std::chrono::days>(keep).count();
  std::string ground = days > 0 ? std::format("kept for {} day{}", days, days == 1 ? "" : "s")
                                : std::format("kept for {} s", keep.count() / 1000);
  TRY_ASSIGN(std::size_t went,
             store_->let_go(clock_.now() - std::chrono::duration_cast<Instant::duration>(keep), ground));
  if (went > 0) log::info("Records that were older than audit.keep were let go of.", {{"entries", went}});
  return {};
}

}  // namespace entente::app
