#include "app/records/record_keeping.hpp"

#include <utility>

#include "base/log.hpp"

namespace entente::app {

void RecordKeeping::tend(const Keep& keep) {
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
Result<bool> RecordKeeping::end_days(const std::string& today, const Keep& keep) {
  if (heads_for_ != today) {
    TRY(store_->write_day_heads());
    heads_for_ = today;
  }
  return let_go(keep);
}

Instant RecordKeeping::before(std::chrono::milliseconds keep) const {
  return clock_.now() - std::chrono::duration_cast<Instant::duration>(keep);
}

// Records first: what adds up goes of what has none any more.
Result<bool> RecordKeeping::let_go(const Keep& keep) {
  if (keep.records.count() == 0) return true;
  TRY_ASSIGN(store::LetGo went, store_->let_go(before(keep.records), "kept for " + duration_in_words(keep.records)));
  let_go_ += went.entries;
  if (!went.done) return false;
  if (let_go_ > 0)
    log::info("Records that were older than audit.keep were let go of.", {{"entries", std::exchange(let_go_, 0)}});
  if (keep.accounts.count() == 0) return true;
  TRY_ASSIGN(went, store_->drop_accounts(before(keep.accounts)));
  dropped_ += went.entries;
  if (went.done && dropped_ > 0) {
    log::info("What adds up was dropped where it was older than audit.keep_accounts.",
              {{"entries", std::exchange(dropped_, 0)}});
  }
  return went.done;
}

}  // namespace entente::app
