// Journal: what the transparency log will publish, and what is known of each attempt: one row for an intent, one for
// its outcome, numbered in the order of the log. Each entry commits to a record of what happened; record and salt stay
// in the row, for the receipts of those whom it concerns, sealed under the key of the subject whom they are about
// (subject_keys.hpp). What reports add up stands beside them in clear.
//
// For the writer's thread, inside its transactions. A row is one insert: what the next one must know (the next number,
// the end of each tenant's lane, which attempts run) is kept in memory and taken back by rolled_back(). Nothing else
// writes these rows while a server runs (Store::Role).
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "audit/entries/entry.hpp"
#include "audit/receipts/day_head.hpp"
#include "audit/receipts/erasure.hpp"
#include "store/records.hpp"
#include "store/sqlite/database.hpp"
#include "store/subject_keys.hpp"

namespace entente::store {

class Journal {
 public:
  // `subjects`: under whose keys records are sealed. It must stay.
  explicit Journal(SubjectKeys& subjects) : subjects_(subjects) {}

  // conflict when an attempt of this name runs already.
  Result<> write_intent(Database& database, const Intent& intent);
  // not_found when no attempt of this name runs.
  Result<> write_outcome(Database& database, const Outcome& outcome);

  Result<> write_refusal(Database& database, const Refusal& refusal);

  // Those that differ from what was stated last.
  Result<> write_statements(Database& database, const std::vector<Stated>& all, Instant now);

  // Gives every intent that has no outcome the outcome `unknown`: how many there were. At the start, before others.
  Result<std::size_t> settle_what_a_crash_left(Database& database, Instant now);

  // Heads of days (audit/receipts/day_head.hpp) that have ended. Reading comes first and may run beside the writer;
  // writing adds what has happened in this run's lanes since.
  struct Days {
    std::vector<audit::DayRecord> heads;  // that are owed
    std::int64_t covered = 0;             // by these and those before
  };
  static Result<Days> read_days(Database& database, Instant now);
  Result<std::size_t> write_days(Database& database, Days days, Instant now);

  // Under which number something of a request is kept. A subject that is to be erased is one anew from then on; but
  // while an attempt of a request runs that was made before, what comes of that request goes with it.
  Result<std::int64_t> number_for(const std::string& request, const Subject& subject);

  // Whether an attempt of that subject runs, whose outcome will be sealed under its key.
  bool runs(std::int64_t subject) const;

  // What the operator did; `record`: canonical JSON (audit/receipts/act.hpp). The row of its entry.
  Result<std::int64_t> write_act(Database& database, std::string_view record, Instant now);

  // Lets go of what these entries commit to, and says so in the log. The row of the entry that says it.
  Result<std::int64_t> write_erasure(Database& database, const audit::ErasureRecord& record, Instant now);

  // How the transaction ended that the calls since the last such word were made in.
  void committed();
  void rolled_back();

  // The newest row of the log that was committed by this run of the server; 0: none. Any thread.
  std::int64_t newest() const { return newest_.load(std::memory_order_relaxed); }

 private:
  // One tenant's entries in this run of the server.
  struct Lane {
    std::string id;
    std::int64_t numbers = 0;
    Digest last{};  // of its newest entry
  };
  struct Running {
    std::int64_t row = 0;     // of the intent
    std::int64_t number = 0;  // in its lane
    std::string request;
    std::string key;
    std::optional<std::int64_t> subject;  // none: its record stands in clear
    Lane* lane = nullptr;                 // none: its intent is older than the log
  };
  // What a row has of its own beside what is counted; all of it null: its intent is older than the log.
  struct OutcomeRow {
    Value entry = nullptr, salt = nullptr, subject = nullptr, sealed = nullptr;
  };
  struct Change {
    std::string attempt;
    std::optional<Running> ended;  // none: the attempt began, or was refused
    Lane* lane = nullptr;
    Lane before;
  };

  Result<> find_next_row(Database& database);
  Result<std::int64_t> insert_apart(Database& database, std::string_view entry, const Value& salt, Instant now);
  Lane& lane_of(const std::string& tenant, Instant now);
  audit::Entry entry_of(audit::EntryKind kind, const std::string& attempt, Instant at, const Lane& lane) const;
  static Result<> insert_outcome(Database& database, std::int64_t number, const Running& running,
                                 const Outcome& outcome, std::string_view record, const OutcomeRow& row);
  Result<std::string> seal_content(std::int64_t subject, std::string_view entry, const audit::Salt& salt,
                                   std::string record, const Decided& decision) const;
  Result<std::unordered_map<std::string, Digest>> ends_of_lanes(Database& database, std::int64_t from);

  SubjectKeys& subjects_;
  std::int64_t next_row_ = 0;                    // 0: not known yet
  std::unordered_map<std::string, Lane> lanes_;  // by tenant; those of an earlier run by their own name
  std::unordered_map<std::string, Running> running_;
  std::vector<Change> changes_;  // of the open transaction
  std::atomic<std::int64_t> newest_ = 0;
};

// The newest head of a tenant's day.
Result<std::optional<SealedEntry>> read_day_head(Database& database, std::string_view tenant, std::string_view day);

// The newest head of each day of a tenant, from one day to another, both included.
Result<std::vector<SealedEntry>> read_day_heads(Database& database, std::string_view tenant, std::string_view from,
                                                std::string_view to);

}  // namespace entente::store
