#include "store/sqlite/erasing.hpp"

#include <utility>

#include "store/sqlite/acts.hpp"
#include "store/sqlite/erasures.hpp"
#include "store/sqlite/responses.hpp"

namespace entente::store {

namespace {
constexpr std::int64_t at_once = 2000;  // entries let go of in a commit that others wait for

// Of whom it is, it says by the number alone, which means nothing when the key is gone.
audit::ActRecord act_of(audit::ActKind kind, const SubjectRow& subject, std::string_view says, Instant now) {
  return {.kind = kind,
          .at = to_rfc3339(now),
          .tenant = subject.subject.tenant,
          .about = std::to_string(subject.number),
          .says = std::string(says)};
}
}  // namespace

Result<std::vector<SubjectRow>> Erasing::subjects() const {
  TRY_ASSIGN(auto beside, Database::open(file_));
  return list_subjects(*beside, subjects_);
}

Result<std::int64_t> Erasing::want(const SubjectRow& subject, const std::string& ground) {
  std::int64_t id = 0;
  TRY(writer_.run_blocking([&](Database& db) -> Result<> {
    TRY_ASSIGN(id, want_erasure(db, subject.number, subject.subject.tenant, ground, clock_.now()));
    return {};
  }));
  wanted_ = true;
  return id;
}

Result<std::optional<ErasureState>> Erasing::state(std::int64_t id) const {
  TRY_ASSIGN(auto beside, Database::open(file_));
  return erasure_state(*beside, id);
}

Result<> Erasing::hold(const SubjectRow& subject, const std::string& ground) {
  TRY(writer_.run_blocking([&](Database& db) -> Result<> {
    TRY(hold_subject(db, subject.number, ground, clock_.now()));
    return note_act(db, act_of(audit::ActKind::hold, subject, ground, clock_.now()));
  }));
  wanted_ = true;  // a wish may have waited, and waits now for the release
  return {};
}

Result<> Erasing::release(const SubjectRow& subject) {
  TRY(writer_.run_blocking([&](Database& db) -> Result<> {
    TRY(release_subject(db, subject.number));
    return note_act(db, act_of(audit::ActKind::release, subject, "", clock_.now()));
  }));
  wanted_ = true;  // a wish may have waited for it
  return {};
}

Result<std::size_t> Erasing::restore(const std::string& backup, const std::string& private_key) {
  std::size_t added = 0;
  TRY(writer_.run_blocking([&](Database& db) -> Result<> {
    TRY_ASSIGN(auto erased, erased_subjects(db));
    TRY_ASSIGN(added, subjects_.restore(backup, private_key, erased));
    return {};
  }));
  return added;
}

Result<std::size_t> Erasing::carry_out() {
  if (!wanted_.exchange(false)) return 0;
  std::size_t carried_out = 0;
  bool more = false;
  std::vector<std::int64_t> erased;
  Result<> done = writer_.run_blocking([&](Database& db) -> Result<> {  // it may be run twice
    TRY_ASSIGN(carried_out, erase_wanted(db, more));
    TRY_ASSIGN(erased, erased_subjects(db));
    return {};
  });
  if (done) done = subjects_.forget(erased);
  if (!done || more) wanted_ = true;
  TRY(std::move(done));
  return carried_out;
}

Result<std::size_t> Erasing::erase_wanted(Database& database, bool& more) {
  TRY_ASSIGN(std::vector<WantedErasure> wanted, wanted_erasures(database));
  // A hold that came while a wish waited is of what comes as well: whoever was to be a subject anew is the same again.
  TRY_ASSIGN(std::vector<std::int64_t> held, held_back(database));
  for (std::int64_t subject : held) subjects_.take_back(subject);
  std::size_t carried_out = 0;
  more = false;
  for (const WantedErasure& one : wanted) {
    // Whoever comes again from now on is a subject anew; answers that run are waited for.
    subjects_.retire(one.subject);
    if (journal_.runs(one.subject)) {
      more = true;
      continue;
    }
    audit::ErasureRecord record{
        .cause = audit::ErasureCause::subject, .entries = {}, .ground = one.ground, .tenant = one.tenant};
    TRY_ASSIGN(record.entries, entries_of(database, one.subject));
    TRY_ASSIGN(std::int64_t number, journal_.write_erasure(database, record, clock_.now()));
    TRY(note_erasure(database, one.id, number, record));
    TRY(drop_of_subject(database, one.subject));
    deleted_ = true;
    ++carried_out;
  }
  return carried_out;
}

Result<LetGo> Erasing::let_go(Instant before, const std::string& ground) {
  LetGo went;
  TRY(writer_.run_blocking([&](Database& db) -> Result<> {
    went = {};  // it may be run twice
    TRY_ASSIGN(Aged aged, aged_entries(db, before, at_once));
    for (auto& [tenant, entries] : aged.entries) {
      audit::ErasureRecord record{
          .cause = audit::ErasureCause::retention, .entries = std::move(entries), .ground = ground, .tenant = tenant};
      Instant now = clock_.now();
      TRY_ASSIGN(std::int64_t number, journal_.write_erasure(db, record, now));
      TRY(note_retention(db, number, record, now));
      went.entries += static_cast<std::size_t>(record.count());
    }
    deleted_ = deleted_ || went.entries > 0;
    went.done = aged.done;
    return note_aged(db, aged);
  }));
  if (went.entries > 0) left_over_ = true;
  if (went.done && left_over_) TRY(forget_the_unneeded());
  return went;
}

Result<LetGo> Erasing::drop_accounts(Instant before) {
  LetGo went;
  TRY(writer_.run_blocking([&](Database& db) -> Result<> {
    TRY_ASSIGN(went, store::drop_accounts(db, before, at_once));
    deleted_ = deleted_ || went.entries > 0;
    return {};
  }));
  return went;
}

// Clients may name a new person with each request: no list of names is kept for its own sake. Who is looked for beside
// the writer may have come again meanwhile.
Result<> Erasing::forget_the_unneeded() {
  TRY_ASSIGN(auto beside, Database::open(file_));
  TRY_ASSIGN(std::vector<std::int64_t> candidates, subjects_without_entries(*beside, subjects_));
  std::vector<std::int64_t> unneeded;
  TRY(writer_.run_blocking([&](Database& db) -> Result<> {
    unneeded.clear();
    for (std::int64_t number : candidates) {
      TRY_ASSIGN(bool needed, is_needed(db, number));
      if (needed) continue;
      subjects_.retire(number);
      unneeded.push_back(number);
    }
    return {};
  }));
  TRY(subjects_.forget(unneeded));
  left_over_ = false;
  return {};
}

}  // namespace entente::store
