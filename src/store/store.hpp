// Store: what must survive a crash.
//
// Tasks may be awaited on any network thread; they return when the row is on disk (a commit shared with whatever else
// was waiting) and are deaf to cancellation, because a caller must know what became of its row. The blocking calls are
// for the command line and for start-up, never for a network thread. find_credential() is a look-up in memory.
//
// Failure: ErrorCode::unavailable when the disk refuses (full, read-only); nothing of the call is then kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "domain/quota.hpp"
#include "store/records.hpp"

namespace entente::store {

// Two kinds of secret open the door: a key, and the session of a page that was signed in with one.
struct Credential {
  Principal principal;
  bool session = false;
  Instant expires = Instant::max();
};

class Store {
 public:
  // server: the one process that serves from this folder (a second is refused); rows left without outcome by a crash
  // get `unknown`. tool: a command beside it. unsealed: one that opens no record, and so works where the subjects' keys
  // are damaged, too: somebody may have to be kept out just then.
  enum class Role { server, tool, unsealed };
  static Result<std::shared_ptr<Store>> open(const std::filesystem::path& folder, Role role, const Clock& clock);
  virtual ~Store() = default;

  // Who stands behind a secret, if anybody still does. Changes made by other processes are seen within a second.
  virtual std::optional<Credential> find_credential(std::string_view secret) const = 0;
  // The key of that name, for who has to trust the name alone; none when two have it.
  virtual std::optional<Credential> find_named(std::string_view key_name) const = 0;
  // The key of that id, for work that goes on after its request.
  virtual std::optional<Credential> find_key(std::string_view key_id) const = 0;

  virtual Task<> record_intent(Intent intent) = 0;
  virtual Task<> record_outcome(Outcome outcome) = 0;
  virtual Task<> record_refusal(Refusal refusal) = 0;

  // Writes into the log what differs from what was stated last. Blocking.
  virtual Result<> state(std::vector<Stated> all) = 0;

  // Writes into the log the heads of days that have ended and have none yet; how many. Blocking.
  virtual Result<std::size_t> write_day_heads() = 0;
  // A tenant's head of a day ("2026-11-27"); none: nothing was done that day, or it has not ended.
  virtual Task<std::optional<SealedEntry>> day_head(std::string tenant, std::string day) = 0;

  // What the transparency log publishes: its entries from `first` on, counted from 0. Blocking.
  virtual Result<std::vector<std::string>> journal(std::uint64_t first, std::size_t most) = 0;
  // Another number than before when entries were written since; by this process.
  virtual std::int64_t newest_entry() const = 0;

  // What was done for a request of this tenant, in the order it was tried, but for attempts that were erased or whose
  // key is lost; none of it: it is not known. not_found, reason "erased" or "subject_key_missing": nothing else is
  // left.
  virtual Task<std::vector<SealedAttempt>> sealed_attempts(std::string request, std::string tenant) = 0;

  // Each request's first decision within a span of time, the oldest first; decisions from before they were recorded
  // whole, and what was erased or has lost its key, are left out. Blocking; others write meanwhile.
  virtual Result<> past_decisions(Instant from, Instant to, const std::function<void(PastDecision)>& each) = 0;

  // Who had work done where, by tenant, project and deployment; and the facts of each deployment as they were stated
  // last before a time. Blocking; others write meanwhile.
  virtual Result<std::vector<Processed>> processed(Instant from, Instant to) = 0;
  virtual Result<std::vector<Stated>> facts_stated(Instant before) = 0;

  // Whom records are about, and what is known of them. Blocking, all of these: for commands.
  virtual Result<std::vector<SubjectRow>> subjects() = 0;
  // That what is known of a subject is erased: the id of the wish, which the server carries out within a second or two.
  // conflict: a legal hold forbids it.
  virtual Result<std::int64_t> want_erasure(const SubjectRow& subject, const std::string& ground) = 0;
  virtual Result<std::optional<ErasureState>> erasure_state(std::int64_t id) = 0;
  // not_found: of this subject nothing is here any more.
  virtual Result<> hold(const SubjectRow& subject, const std::string& ground) = 0;
  virtual Result<> release(const SubjectRow& subject) = 0;  // not_found: there is no hold
  // The keys of all subjects, sealed to an offline key (base/offline_box.hpp); and back: how many were added. What was
  // erased since is passed over. restore: for a server's folder while no server runs.
  virtual Result<std::string> backup_subjects(const std::string& public_key) = 0;
  virtual Result<std::size_t> restore_subjects(const std::string& backup, const std::string& private_key) = 0;

  // Writes into the log what the operator did since (audit/receipts/act.hpp): keys made and revoked, holds. How many;
  // blocking, and quick when there are none. Done at the start of a server, too.
  virtual Result<std::size_t> write_acts() = 0;
  // Carries out the erasures that are wanted: how many. Blocking, and quick when there are none.
  virtual Result<std::size_t> carry_out_erasures() = 0;
  // Lets go of records from before that time, a piece of them, but for those that are held; `ground` is what the log's
  // entries say. Blocking; others write meanwhile.
  virtual Result<LetGo> let_go(Instant before, const std::string& ground) = 0;
  // Drops what adds up of attempts from before that time, a piece of them, where the records are gone already: who
  // asked, where it went, tokens, money. Their entries stay. Blocking; others write meanwhile.
  virtual Result<LetGo> drop_accounts(Instant before) = 0;
  // How many entries the log began with before that time: the place of the first that is younger. Blocking, and quick.
  virtual Result<std::uint64_t> entries_before(Instant time) = 0;
  // An erasure of a tenant, by its place in the log; none: that is not one.
  virtual Task<std::optional<SealedEntry>> erasure(std::string tenant, std::int64_t index) = 0;

  // not_found: there is no tenant of that name.
  virtual Result<std::string> tenant_id(const std::string& name) = 0;
  // What an export is made of: a tenant's attempts of a span of time, request by request, but for what was erased or
  // has lost its key; its erasures; what the operator did; the newest heads of its days, both ends included. Blocking;
  // others write meanwhile.
  virtual Result<> sealed_in(
      const std::string& tenant, Instant from, Instant to,
      const std::function<Result<>(const std::string& request, const std::vector<SealedAttempt>& attempts)>& each) = 0;
  virtual Result<std::vector<SealedEntry>> erasures(const std::string& tenant) = 0;
  virtual Result<std::vector<SealedEntry>> acts(const std::string& tenant) = 0;
  virtual Result<std::vector<SealedEntry>> day_heads(const std::string& tenant, const std::string& from,
                                                     const std::string& to) = 0;

  // Keeps an answer until its time is over. All of them together take at most `room` bytes: the oldest go for it, of
  // the project that takes the most, so that nobody's go because of others who keep more.
  virtual Task<> keep_response(KeptResponse response, std::uint64_t room) = 0;
  // None: it was never kept, is over, was removed, or is another project's.
  virtual Task<std::optional<std::string>> kept_response(std::string id, std::string project, KeptText which) = 0;
  // False: there is none. Its bytes are overwritten on the disk within seconds.
  virtual Task<bool> remove_response(std::string id, std::string project) = 0;
  // What is there lives no longer than `longest` since it was made; 0: all of it goes. Blocking.
  virtual Result<> limit_responses(std::chrono::milliseconds longest) = 0;

  // A sign-in link's token works once, until it expires; it gives the secret of a new session.
  virtual Task<std::string> redeem_link(std::string token) = 0;
  virtual Task<std::string> open_session(std::string key_id) = 0;
  virtual Task<> close_session(std::string secret) = 0;

  virtual Result<CreatedKey> create_key(const NewKey& key) = 0;
  virtual Result<std::vector<Key>> list_keys() = 0;
  virtual Result<> revoke_key(std::string_view id_or_name) = 0;
  virtual Result<std::string> create_link(std::string_view key_id, std::chrono::seconds valid_for) = 0;

  // What each key used. Blocking; others write meanwhile.
  virtual Result<std::vector<UsageRow>> usage(Instant from, Instant to) = 0;
  // Since the beginning of the day and of the month. Blocking; others write meanwhile.
  virtual Result<std::vector<Spent>> spent(Instant day, Instant month) = 0;

  // Seconds the last commit took, and how many rows were written since the start: for metrics.
  virtual double last_commit_seconds() const = 0;
  virtual std::uint64_t commits() const = 0;
  virtual bool healthy() const = 0;  // the last commit succeeded
};

std::string_view sqlite_version();  // of the library that is loaded

}  // namespace entente::store
