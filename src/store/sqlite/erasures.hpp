// The rows of erasures and of legal holds: what is asked for, what was carried out, what is too old to be kept, and
// what must stay. The journal writes the entries of the log (Journal::write_erasure()); keys are destroyed by
// SubjectKeys.
//
// Those that write take part in the transaction that is open. A command may write the wish for an erasure beside a
// server, which carries it out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/receipts/erasure.hpp"
#include "store/records.hpp"
#include "store/sqlite/database.hpp"
#include "store/subject_keys.hpp"

namespace entente::store {

struct WantedErasure {
  std::int64_t id = 0, subject = 0;
  std::string tenant, ground;
};

// Its id. conflict: a legal hold forbids it.
Result<std::int64_t> want_erasure(Database& database, std::int64_t subject, std::string_view tenant,
                                  std::string_view ground, Instant now);
// Those that are still to be carried out, but for held subjects'.
Result<std::vector<WantedErasure>> wanted_erasures(Database& database);
// Of whom an erasure is wanted that a hold keeps back.
Result<std::vector<std::int64_t>> held_back(Database& database);
Result<> note_erasure(Database& database, std::int64_t id, std::int64_t number, const audit::ErasureRecord& record);
// Of what was too old, which nobody asked for.
Result<> note_retention(Database& database, std::int64_t number, const audit::ErasureRecord& record, Instant now);
Result<std::optional<ErasureState>> erasure_state(Database& database, std::int64_t id);
// All that were carried out: whose keys must not be here any more.
Result<std::vector<std::int64_t>> erased_subjects(Database& database);

// The rows of a subject whose records are here, in order, as entries of the log.
Result<std::vector<audit::EntrySpan>> entries_of(Database& database, std::int64_t subject);

// Entries of attempts whose records are here and that began before that time, by the id of their tenant; those of held
// subjects are passed over. As many as one transaction should take: `done`, when there are no more.
struct Aged {
  std::map<std::string, std::vector<audit::EntrySpan>> entries;
  std::int64_t looked_at = 0;
  bool done = true;
};
Result<Aged> aged_entries(Database& database, Instant before, std::int64_t most);
Result<> note_aged(Database& database, const Aged& aged);

// Drops what adds up of attempts from before that time whose records are gone: who asked, where it went, tokens, money,
// labels. A piece of them, as above.
Result<LetGo> drop_accounts(Database& database, Instant before, std::int64_t most);

// not_found: nothing of it is here any more.
Result<> hold_subject(Database& database, std::int64_t subject, std::string_view ground, Instant now);
// What is old by now may go from then on. not_found: there is no hold.
Result<> release_subject(Database& database, std::int64_t subject);

// Of those who are here: of whom nothing is left that their key opens, and nothing is held or wanted.
Result<std::vector<std::int64_t>> subjects_without_entries(Database& database, const SubjectKeys& subjects);
Result<bool> is_needed(Database& database, std::int64_t subject);  // of one: whether it is not such a one

Result<std::vector<SubjectRow>> list_subjects(Database& database, const SubjectKeys& subjects);

// The erasures of a tenant, the oldest first; of one entry of the log alone, where `index` is given.
Result<std::vector<SealedEntry>> read_erasures(Database& database, std::string_view tenant,
                                               std::optional<std::int64_t> index);

}  // namespace entente::store
