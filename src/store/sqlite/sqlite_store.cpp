// The Store on SQLite. Every public call is one operation handed to the Writer; reports are read beside it.
#include <atomic>
#include <format>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"
#include "base/log.hpp"
#include "store/directory.hpp"
#include "store/secrets.hpp"
#include "store/sqlite/acts.hpp"
#include "store/sqlite/credentials.hpp"
#include "store/sqlite/erasing.hpp"
#include "store/sqlite/erasures.hpp"
#include "store/sqlite/journal.hpp"
#include "store/sqlite/reports.hpp"
#include "store/sqlite/responses.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sealed_rows.hpp"
#include "store/sqlite/writer.hpp"
#include "store/store.hpp"
#include "store/subject_keys.hpp"

namespace entente::store {

namespace {

constexpr auto between_wipings = std::chrono::seconds(10);

// Held while a server runs; the kernel lets go of it however the process ends.
Result<int> lock_folder(const std::filesystem::path& folder) {
  int fd = ::open((folder / "server.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ErrorCode::unavailable, std::format("The state folder {} cannot be written.", folder.string()));
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(ErrorCode::conflict,
                std::format("Another Entente serves from {}. Stop it, or give this one a folder of its own with "
                            "server.state_dir.",
                            folder.string()));
  }
  return fd;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::filesystem::path file, std::unique_ptr<Database> database, std::unique_ptr<SubjectKeys> subjects,
              const Clock& clock, int lock)
      : file_(std::move(file)),
        clock_(clock),
        lock_(lock),
        subjects_(std::move(subjects)),
        writer_(std::move(database),
                {.look_around = [this](Database& db) { look_around(db); },
                 .ended = [this](bool kept) { kept ? journal_.committed() : journal_.rolled_back(); }}) {}

  ~SqliteStore() override {
    if (lock_ >= 0) ::close(lock_);
  }

  Result<> load() {
    return writer_.run_blocking([this](Database& db) { return refresh(db); });
  }

  Result<> settle_what_a_crash_left() {
    return writer_.run_blocking([this, now = clock_.now()](Database& db) -> Result<> {
      TRY_ASSIGN(std::size_t unknown, journal_.settle_what_a_crash_left(db, now));
      if (unknown > 0) {
        log::warning(
            "Attempts without outcome were found: the server ended while they ran. They are recorded as unknown.",
            {{"attempts", unknown}});
      }
      return {};
    });
  }

  std::optional<Credential> find_credential(std::string_view secret) const override {
    return directory_.find(secret, clock_.now());
  }

  std::optional<Credential> find_named(std::string_view key_name) const override {
    return directory_.find_named(key_name);
  }
  std::optional<Credential> find_key(std::string_view key_id) const override { return directory_.find_key(key_id); }

  Task<> record_intent(Intent intent) override {
    co_return co_await writer_.run(
        [this, row = std::move(intent)](Database& db) { return journal_.write_intent(db, row); });
  }

  Task<> record_outcome(Outcome outcome) override {
    co_return co_await writer_.run(
        [this, row = std::move(outcome)](Database& db) { return journal_.write_outcome(db, row); });
  }

  Task<> record_refusal(Refusal refusal) override {
    co_return co_await writer_.run(
        [this, row = std::move(refusal)](Database& db) { return journal_.write_refusal(db, row); });
  }

  Task<std::vector<SealedAttempt>> sealed_attempts(std::string request, std::string tenant) override {
    auto found = std::make_shared<std::vector<SealedAttempt>>();
    CO_TRY(co_await writer_.run([this, found, request, tenant](Database& db) -> Result<> {
      TRY_ASSIGN(*found, read_sealed(db, *subjects_, request, tenant));
      return {};
    }));
    co_return std::move(*found);
  }

  Result<> state(std::vector<Stated> all) override {
    return writer_.run_blocking(
        [this, &all](Database& db) { return journal_.write_statements(db, all, clock_.now()); });
  }

  // The reading may take long after many days: it holds up nobody.
  Result<std::size_t> write_day_heads() override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    Instant now = clock_.now();
    TRY_ASSIGN(Journal::Days days, Journal::read_days(*beside, now));
    std::size_t written = 0;
    TRY(writer_.run_blocking([&](Database& db) -> Result<> {
      TRY_ASSIGN(written, journal_.write_days(db, days, now));
      return {};
    }));
    return written;
  }

  Task<std::optional<SealedEntry>> day_head(std::string tenant, std::string day) override {
    auto found = std::make_shared<std::optional<SealedEntry>>();
    CO_TRY(co_await writer_.run([found, tenant, day](Database& db) -> Result<> {
      TRY_ASSIGN(*found, read_day_head(db, tenant, day));
      return {};
    }));
    co_return std::move(*found);
  }

  Result<std::vector<std::string>> journal(std::uint64_t first, std::size_t most) override {
    std::vector<std::string> entries;
    TRY(writer_.run_blocking([&](Database& db) -> Result<> {
      TRY_ASSIGN(entries, read_journal(db, first, most));
      return {};
    }));
    return entries;
  }

  Result<std::vector<SubjectRow>> subjects() override { return erasing_.subjects(); }
  Result<std::int64_t> want_erasure(const SubjectRow& subject, const std::string& ground) override {
    return erasing_.want(subject, ground);
  }
  Result<std::optional<ErasureState>> erasure_state(std::int64_t id) override { return erasing_.state(id); }
  Result<> hold(const SubjectRow& subject, const std::string& ground) override {
    TRY(erasing_.hold(subject, ground));
    acts_ = true;
    return {};
  }
  Result<> release(const SubjectRow& subject) override {
    TRY(erasing_.release(subject));
    acts_ = true;
    return {};
  }
  Result<std::string> backup_subjects(const std::string& public_key) override { return subjects_->backup(public_key); }
  Result<std::size_t> restore_subjects(const std::string& backup, const std::string& private_key) override {
    return erasing_.restore(backup, private_key);
  }

  Result<std::size_t> write_acts() override {
    if (!acts_.exchange(false)) return 0;
    std::size_t written = 0;
    Result<> done = writer_.run_blocking([&](Database& db) -> Result<> {
      TRY_ASSIGN(std::vector<NotedAct> acts, unwritten_acts(db));
      for (const NotedAct& act : acts) {
        TRY_ASSIGN(std::int64_t number, journal_.write_act(db, act.record, clock_.now()));
        TRY(act_written(db, act.id, number));
      }
      written = acts.size();
      return {};
    });
    if (!done) acts_ = true;
    TRY(std::move(done));
    return written;
  }

  Result<std::vector<SealedEntry>> acts(const std::string& tenant) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_acts(*beside, tenant);
  }

  Result<std::size_t> carry_out_erasures() override { return erasing_.carry_out(); }
  Result<LetGo> let_go(Instant before, const std::string& ground) override { return erasing_.let_go(before, ground); }

  Result<LetGo> drop_accounts(Instant before) override { return erasing_.drop_accounts(before); }

  Result<std::uint64_t> entries_before(Instant time) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return store::entries_before(*beside, time);
  }

  Task<std::optional<SealedEntry>> erasure(std::string tenant, std::int64_t index) override {
    auto found = std::make_shared<std::vector<SealedEntry>>();
    CO_TRY(co_await writer_.run([found, tenant, index](Database& db) -> Result<> {
      TRY_ASSIGN(*found, read_erasures(db, tenant, index));
      return {};
    }));
    if (found->empty()) co_return std::nullopt;
    co_return std::move(found->front());
  }

  Result<std::string> tenant_id(const std::string& name) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    std::string id;
    TRY(beside->query("SELECT id FROM tenants WHERE name = ?", {name},
                      [&](const Database::Row& row) { id = row.text(0); }));
    if (id.empty())
      return fail(ErrorCode::not_found, std::format("There is no tenant '{}'. `entente keys list` shows them.", name));
    return id;
  }

  Result<> sealed_in(
      const std::string& tenant, Instant from, Instant to,
      const std::function<Result<>(const std::string&, const std::vector<SealedAttempt>&)>& each) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    TRY_ASSIGN(auto requests, read_requests(*beside, tenant, from, to));
    for (const std::string& request : requests) {
      auto attempts = read_sealed(*beside, *subjects_, request, tenant);
      // Whoever checks sees that it is missing.
      if (!attempts && attempts.error().code == ErrorCode::not_found) continue;
      if (!attempts) return fail(std::move(attempts.error()));
      TRY(each(request, *attempts));
    }
    return {};
  }

  Result<std::vector<SealedEntry>> erasures(const std::string& tenant) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_erasures(*beside, tenant, std::nullopt);
  }

  Result<std::vector<SealedEntry>> day_heads(const std::string& tenant, const std::string& from,
                                             const std::string& to) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_day_heads(*beside, tenant, from, to);
  }

  Task<> keep_response(KeptResponse response, std::uint64_t room) override {
    auto row = std::make_shared<const KeptResponse>(std::move(response));  // not copied with the operation
    co_return co_await writer_.run([this, row, room](Database& db) -> Result<> {
      TRY_ASSIGN(std::int64_t subject, journal_.number_for(row->request, row->subject));
      TRY_ASSIGN(std::size_t went, write_response(db, *row, subject, room));
      deleted_ = deleted_ || went > 0;
      return {};
    });
  }

  Task<std::optional<std::string>> kept_response(std::string id, std::string project, KeptText which) override {
    auto found = std::make_shared<std::optional<std::string>>();
    CO_TRY(co_await writer_.run([this, found, id, project, which](Database& db) -> Result<> {
      TRY_ASSIGN(*found, read_response(db, id, project, which, clock_.now()));
      return {};
    }));
    co_return std::move(*found);
  }

  Task<bool> remove_response(std::string id, std::string project) override {
    auto removed = std::make_shared<bool>(false);
    CO_TRY(co_await writer_.run([this, removed, id, project](Database& db) -> Result<> {
      TRY_ASSIGN(*removed, delete_response(db, id, project, clock_.now()));
      deleted_ = deleted_ || *removed;
      return {};
    }));
    co_return *removed;
  }

  Result<> limit_responses(std::chrono::milliseconds longest) override {
    return writer_.run_blocking([this, longest](Database& db) -> Result<> {
      TRY_ASSIGN(std::size_t went, limit_age(db, longest, clock_.now()));
      deleted_ = deleted_ || went > 0;
      return {};
    });
  }

  Task<std::string> redeem_link(std::string token) override {
    std::string secret = make_secret(session_prefix);
    CO_TRY(co_await writer_.run([this, token, secret](Database& db) -> Result<> {
      Instant now = clock_.now();
      Digest hash = digest_of(token);
      std::string key;
      TRY(
          db.query("SELECT l.key FROM links l JOIN keys k ON k.id = l.key WHERE l.hash = ? AND l.expires > ? AND "
                   "k.revoked IS NULL",
                   {Blob(hash), to_micros(now)}, [&](const Database::Row& row) { key = row.text(0); }));
      if (key.empty()) {
        return fail(
            {.code = ErrorCode::unauthenticated,
             .message = "This link was used already or has expired. Ask for a new one with `entente keys link`.",
             .reason = "invalid_link"});
      }
      TRY(db.run("DELETE FROM links WHERE hash = ? OR expires <= ?", {Blob(hash), to_micros(now)}));
      TRY(insert_session(db, secret, key, now));
      return refresh(db);
    }));
    co_return secret;
  }

  Task<std::string> open_session(std::string key_id) override {
    std::string secret = make_secret(session_prefix);
    CO_TRY(co_await writer_.run([this, key_id, secret](Database& db) -> Result<> {
      TRY(insert_session(db, secret, key_id, clock_.now()));
      return refresh(db);
    }));
    co_return secret;
  }

  Task<> close_session(std::string secret) override {
    co_return co_await writer_.run([this, secret](Database& db) -> Result<> {
      Digest hash = digest_of(secret);
      TRY(db.run("DELETE FROM sessions WHERE hash = ?", {Blob(hash)}));
      return refresh(db);
    });
  }

  Result<CreatedKey> create_key(const NewKey& wanted) override {
    CreatedKey created;
    created.secret = make_secret(key_prefix);
    Result<> done = writer_.run_blocking([&](Database& db) -> Result<> {
      TRY_ASSIGN(created.key, insert_key(db, wanted, created.secret, clock_.now()));
      return refresh(db);
    });
    if (!done && done.error().code == ErrorCode::conflict) {
      return fail(ErrorCode::conflict,
                  std::format("The project {} has a key named {} already. Choose another name, or revoke "
                              "that key first.",
                              wanted.project, wanted.name));
    }
    TRY(std::move(done));
    acts_ = true;
    return created;
  }

  Result<std::vector<Key>> list_keys() override {
    std::vector<Key> keys;
    TRY(writer_.run_blocking([&](Database& db) -> Result<> {
      TRY_ASSIGN(keys, read_keys(db));
      return {};
    }));
    return keys;
  }

  Result<> revoke_key(std::string_view id_or_name) override {
    TRY(writer_.run_blocking([&](Database& db) -> Result<> {
      TRY(store::revoke_key(db, id_or_name, clock_.now()));
      return refresh(db);
    }));
    acts_ = true;
    return {};
  }

  Result<std::string> create_link(std::string_view key_id, std::chrono::seconds valid_for) override {
    std::string secret = make_secret(link_prefix);
    TRY(writer_.run_blocking([&](Database& db) {
      Digest hash = digest_of(secret);
      return db.run("INSERT INTO links(hash, key, expires) VALUES(?, ?, ?)",
                    {Blob(hash), key_id, to_micros(clock_.now() + valid_for)});
    }));
    return secret;
  }

  // Reports are read beside the writer: whoever reads months must not keep answers from being recorded.
  Result<std::vector<UsageRow>> usage(Instant from, Instant to) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_usage(*beside, from, to);
  }

  Result<std::vector<Spent>> spent(Instant day, Instant month) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_spent(*beside, day, month);
  }

  Result<> past_decisions(Instant from, Instant to, const std::function<void(PastDecision)>& each) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_past(*beside, *subjects_, from, to, each);
  }

  Result<std::vector<Processed>> processed(Instant from, Instant to) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_processed(*beside, from, to);
  }

  Result<std::vector<Stated>> facts_stated(Instant before) override {
    TRY_ASSIGN(auto beside, Database::open(file_));
    return read_facts_stated(*beside, before);
  }

  std::int64_t newest_entry() const override { return journal_.newest(); }

  double last_commit_seconds() const override { return writer_.last_commit_seconds(); }
  std::uint64_t commits() const override { return writer_.commits(); }
  bool healthy() const override { return writer_.healthy(); }

 private:
  Result<> refresh(Database& database) {
    TRY_ASSIGN(auto entries, read_credentials(database, clock_.now()));
    directory_.replace(std::move(entries));
    data_version_.reset();  // this runs before the commit, which may fail: look_around() reads once more
    return {};
  }

  void look_around(Database& database) {
    if (lock_ >= 0) forget_what_is_over(database);
    see_other_processes(database);
  }

  // What is deleted is overwritten in its page; but the page as it was lies in the write-ahead log, or in the file
  // while that holds the newer one.
  void forget_what_is_over(Database& database) {
    Instant now = clock_.now();
    if (auto went = drop_over(database, now); went && *went > 0) deleted_ = true;  // else again in a second
    if (!deleted_ || now < wiped_ + between_wipings) return;
    wiped_ = now;
    deleted_ = !database.empty_wal();
  }

  // Another process may have made or revoked a key: data_version changes when it has written.
  void see_other_processes(Database& database) {
    auto version = database.integer("PRAGMA data_version");
    if (!version || *version == data_version_) return;
    if (refresh(database)) data_version_ = *version;
    erasing_.look_again();
    acts_ = true;
  }

  const std::filesystem::path file_;
  const Clock& clock_;
  const int lock_;
  std::atomic<bool> acts_ = true;  // there may be some that are still to be written
  Directory directory_;
  const std::unique_ptr<SubjectKeys> subjects_;
  Journal journal_{*subjects_};  // the writer's thread only, like the next
  std::optional<std::int64_t> data_version_;
  bool deleted_ = false;  // something that the disk may still show
  Instant wiped_{};
  Erasing erasing_{file_, clock_, *subjects_, journal_, writer_, deleted_};
  Writer writer_;  // last: its thread uses what is above
};

}  // namespace

Result<std::shared_ptr<Store>> Store::open(const std::filesystem::path& folder, Role role, const Clock& clock) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    return fail(ErrorCode::unavailable,
                std::format("The state folder {} cannot be made: {}. Make it, or set server.state_dir.",
                            folder.string(), failure.message()));
  }
  ::chmod(folder.c_str(), 0700);
  int lock = -1;
  if (role == Role::server) {
    TRY_ASSIGN(lock, lock_folder(folder));
  }
  auto opened = [&]() -> Result<std::shared_ptr<Store>> {
    std::filesystem::path file = folder / "entente.db";
    TRY_ASSIGN(auto database, Database::open(file));
    TRY(migrate(*database));
    std::unique_ptr<SubjectKeys> subjects = SubjectKeys::none();
    if (role != Role::unsealed) {
      auto access = role == Role::server ? SubjectKeys::Access::write : SubjectKeys::Access::read;
      TRY_ASSIGN(subjects, SubjectKeys::open(folder / "subjects", access));
    }
    auto store = std::make_shared<SqliteStore>(std::move(file), std::move(database), std::move(subjects), clock,
                                               std::exchange(lock, -1));
    if (role == Role::server) {
      TRY(store->settle_what_a_crash_left());
      TRY(store->write_acts());
      TRY(store->carry_out_erasures());
    }
    TRY(store->load());
    return store;
  }();
  if (lock >= 0) ::close(lock);
  return opened;
}

}  // namespace entente::store
