// The store with a real SQLite file: keys, links, sessions, group commit, crashes, a full disk.
#include <fstream>
#include <map>
#include <set>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/entries/entry.hpp"
#include "audit/entries/line_kind.hpp"
#include "audit/receipts/day_head.hpp"
#include "audit/tree/merkle.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/schema.hpp"
#include "store/test_store.hpp"

namespace entente::store {
namespace {
namespace asio = boost::asio;
namespace fs = std::filesystem;

TEST_F(StoreTest, AKeyOpensTheDoorUntilItIsRevoked) {
  auto store = open();
  auto key = store->create_key({.name = "laptop", .labels = {"health", "pilot"}});
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_TRUE(key->secret.starts_with("ent_"));
  auto found = store->find_credential(key->secret);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->principal.key, key->key.id);
  EXPECT_EQ(found->principal.labels, (std::vector<std::string>{"health", "pilot"}));
  EXPECT_FALSE(store->find_credential(key->secret + "x"));
  EXPECT_FALSE(store->find_credential(""));
  EXPECT_EQ(store->find_named(key->key.name)->principal.key, key->key.id);
  EXPECT_FALSE(store->find_named(""));
  EXPECT_EQ(store->find_key(key->key.id)->principal.key_name, "laptop");
  EXPECT_FALSE(store->find_key("key_none"));
  ASSERT_TRUE(store->revoke_key("laptop"));
  EXPECT_FALSE(store->find_credential(key->secret));
  EXPECT_EQ(store->revoke_key("laptop").error().code, ErrorCode::not_found);
}

TEST_F(StoreTest, TheSecretIsNowhereOnDisk) {
  auto key = open()->create_key({.name = "a"});
  ASSERT_TRUE(key);
  for (const auto& file : fs::recursive_directory_iterator(folder_)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(in), {});
    EXPECT_EQ(bytes.find(key->secret.substr(8)), std::string::npos) << file.path();
  }
}

TEST_F(StoreTest, ANameIsUsedOnceWhileTheKeyLives) {
  auto store = open();
  ASSERT_TRUE(store->create_key({.name = "a"}));
  EXPECT_EQ(store->create_key({.name = "a"}).error().code, ErrorCode::conflict);
  EXPECT_TRUE(store->create_key({.name = "a", .project = "other"}));
  EXPECT_EQ(store->revoke_key("a").error().code, ErrorCode::conflict) << "two keys of that name: which?";
}

TEST_F(StoreTest, KeysSurviveAndAreListedWithoutSecrets) {
  std::string secret;
  {
    auto key = open()->create_key({.name = "a", .tenant = "clinic", .project = "triage"});
    ASSERT_TRUE(key);
    secret = key->secret;
  }
  auto store = open();
  EXPECT_TRUE(store->find_credential(secret));
  auto keys = store->list_keys();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->front().tenant, "clinic");
  EXPECT_EQ(keys->front().hint, secret.substr(0, 8) + "…");
  EXPECT_EQ(keys->front().created, clock_.now());
  EXPECT_FALSE(keys->front().revoked);
}

TEST_F(StoreTest, AnotherProcessesKeyIsSeenWithoutARestart) {
  auto server = open(Store::Role::server);
  auto key = open(Store::Role::tool)->create_key({.name = "made beside the server"});
  ASSERT_TRUE(key);
  for (int i = 0; i < 100 && !server->find_credential(key->secret); ++i) usleep(50'000);
  EXPECT_TRUE(server->find_credential(key->secret));
}

TEST_F(StoreTest, ALinkWorksOnceAndOnlyInItsTime) {
  auto store = open();
  auto key = store->create_key({.name = "a"});
  auto link = store->create_link(key->key.id, std::chrono::minutes(10));
  ASSERT_TRUE(link);
  auto session = wait(store->redeem_link(*link));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(store->find_credential(*session)->session);
  EXPECT_EQ(wait(store->redeem_link(*link)).error().code, ErrorCode::unauthenticated);

  auto late = store->create_link(key->key.id, std::chrono::minutes(10));
  clock_.now_ += std::chrono::minutes(11);
  EXPECT_FALSE(wait(store->redeem_link(*late)));
}

TEST_F(StoreTest, ASessionEndsByItselfBySigningOutAndWithItsKey) {
  auto store = open();
  auto key = store->create_key({.name = "a"});
  auto first = wait(store->open_session(key->key.id)), second = wait(store->open_session(key->key.id));
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(wait(store->close_session(*first)));
  EXPECT_FALSE(store->find_credential(*first));
  EXPECT_TRUE(store->find_credential(*second));
  ASSERT_TRUE(store->revoke_key("a"));
  EXPECT_FALSE(store->find_credential(*second));

  auto other = store->create_key({.name = "b"});
  auto third = wait(store->open_session(other->key.id));
  clock_.now_ += std::chrono::days(31);
  EXPECT_FALSE(store->find_credential(*third));
}

TEST_F(StoreTest, ASecondServerInTheSameFolderIsRefused) {
  auto first = open(Store::Role::server);
  auto second = Store::open(folder_, Store::Role::server, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  first.reset();
  EXPECT_TRUE(Store::open(folder_, Store::Role::server, clock_));
}

TEST_F(StoreTest, UsageAddsUpPerKey) {
  auto store = open();
  auto key = store->create_key({.name = "a"});
  for (std::string id : {"att_1", "att_2"}) {
    ASSERT_TRUE(wait(store->record_intent(intent(id, *key, *store))));
    ASSERT_TRUE(wait(store->record_outcome({.attempt = id,
                                            .kind = OutcomeKind::answered,
                                            .error = {},
                                            .usage = {.prompt_tokens = 7, .completion_tokens = 5},
                                            .cost = {30, "EUR"},
                                            .at = clock_.now()})));
  }
  auto rows = store->usage(clock_.now() - std::chrono::hours(1), clock_.now() + std::chrono::hours(1));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().attempts, 2);
  EXPECT_EQ(rows->front().usage.prompt_tokens, 14);
  EXPECT_EQ(rows->front().costs, (std::vector<Money>{{60, "EUR"}}));
}

TEST_F(StoreTest, WhatWasSpentIsKnownByDayMonthAndCurrencyAlsoWhereACrashLeftItOpen) {
  auto store = open(Store::Role::server);
  auto key = store->create_key({.name = "a"});
  auto spend = [&](std::string id, Instant at, Money cost) {
    Intent begun = intent(id, *key, *store);
    begun.at = at;
    begun.reserved = {cost.nano * 2, cost.currency};
    EXPECT_TRUE(wait(store->record_intent(begun)));
    if (cost.nano % 2) return;  // left open
    EXPECT_TRUE(wait(store->record_outcome({.attempt = id,
                                            .kind = OutcomeKind::answered,
                                            .error = {},
                                            .usage = {.prompt_tokens = 7, .completion_tokens = 5},
                                            .cost = cost,
                                            .at = at})));
  };
  Instant today = clock_.now() + std::chrono::hours(9);
  spend("att_1", today, {30, "EUR"});
  spend("att_2", today, {400, "USD"});
  spend("att_3", today - std::chrono::days(2), {70, "EUR"});
  spend("att_4", today - std::chrono::days(40), {900, "EUR"});
  spend("att_5", today, {5, "EUR"});
  store.reset();
  clock_.now_ = today;
  store = open(Store::Role::server);  // att_5 is unknown now: it may have cost 10
  auto spent = store->spent(clock_.now() - std::chrono::hours(9), clock_.now() - std::chrono::days(20));
  ASSERT_TRUE(spent) << spent.error().message;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> by_currency;
  for (const Spent& row : *spent) {
    EXPECT_EQ(row.who.key_name, "a");
    EXPECT_EQ(row.who.key, key->key.id);
    by_currency[row.currency] = {row.today, row.this_month};
  }
  EXPECT_EQ(by_currency.size(), 2u);
  EXPECT_EQ(by_currency["EUR"], (std::pair<std::int64_t, std::int64_t>(40, 110)));
  EXPECT_EQ(by_currency["USD"], (std::pair<std::int64_t, std::int64_t>(400, 400)));
}

// Two runs of a day and one of the next; a tenant's head has its own lanes only.
TEST_F(StoreTest, EveryDayThatEndedHasOneHeadOfAllItsLanes) {
  auto run = [&](std::string attempt, const CreatedKey& key) {
    auto store = open(Store::Role::server);
    EXPECT_TRUE(wait(store->record_intent(intent(attempt, key, *store))));
    EXPECT_EQ(store->write_day_heads(), 0u) << "the day has not ended";
  };
  auto ours = open()->create_key({.name = "a"});
  auto theirs = open()->create_key({.name = "b", .tenant = "other"});
  run("att_1", *ours);
  run("att_2", *ours);
  run("att_3", *theirs);
  clock_.now_ += std::chrono::days(1);
  auto store = open(Store::Role::server);
  std::string tenant = store->find_credential(ours->secret)->principal.tenant;
  EXPECT_FALSE(*wait(store->day_head(tenant, "2026-11-23")));
  ASSERT_EQ(store->write_day_heads(), 2u) << "of two tenants";
  EXPECT_EQ(store->write_day_heads(), 0u);
  auto head = wait(store->day_head(tenant, "2026-11-23"));
  ASSERT_TRUE(head && *head);
  auto record = audit::parse_day_record((*head)->record);
  ASSERT_TRUE(record) << record.error().message;
  EXPECT_EQ(record->lanes.size(), 2u);
  EXPECT_EQ(record->tenant, tenant);
  auto entries = store->journal(0, 100);
  ASSERT_TRUE(entries);
  auto read = [&](std::uint64_t index) -> Result<std::string> { return entries->at(index); };
  EXPECT_TRUE(audit::check_lanes(*record, (*head)->index, read)) << "the unknown outcomes of the crash are in it";
  EXPECT_EQ(entries->at(static_cast<std::size_t>((*head)->index)), (*head)->text);
  EXPECT_EQ(audit::parse_day_head((*head)->text)->record, audit::commitment_to((*head)->salt, (*head)->record));

  // A clock that was set back brings the day once more: the new head has all of its lanes.
  clock_.now_ -= std::chrono::days(1);
  ASSERT_TRUE(wait(store->record_intent(intent("att_4", *ours, *store))));
  clock_.now_ += std::chrono::days(1);
  ASSERT_TRUE(wait(store->record_intent(intent("att_5", *ours, *store))));
  ASSERT_EQ(store->write_day_heads(), 1u);
  record = audit::parse_day_record((*wait(store->day_head(tenant, "2026-11-23")))->record);
  EXPECT_EQ(record->lanes.size(), 3u);
  EXPECT_EQ(store->usage(Instant{}, clock_.now() + std::chrono::hours(1))->size(), 2u) << "heads are no attempts";

  clock_.now_ += std::chrono::days(1);
  ASSERT_TRUE(store->write_day_heads());
  auto heads = store->day_heads(tenant, "2026-11-23", "2026-11-24");
  ASSERT_TRUE(heads);
  ASSERT_EQ(heads->size(), 2u) << "of each day the newest alone";
  EXPECT_EQ(audit::parse_day_record(heads->at(0).record)->day, "2026-11-23");
  EXPECT_EQ(audit::parse_day_record(heads->at(0).record)->lanes.size(), 3u);
  EXPECT_EQ(audit::parse_day_record(heads->at(1).record)->day, "2026-11-24");
  EXPECT_EQ(store->day_heads(tenant, "2026-11-24", "2026-11-30")->size(), 1u);
}

TEST_F(StoreTest, WhoReadsThePastKeepsNobodyFromWriting) {
  auto store = open();
  auto key = store->create_key({.name = "a"});
  Intent first = intent("att_1", *key, *store);
  first.decision.candidates = {R"({"deployment":"here"})"};
  ASSERT_TRUE(wait(store->record_intent(first)));
  std::vector<std::string> seen;
  Result<> read = store->past_decisions(clock_.now() - std::chrono::hours(1), clock_.now() + std::chrono::hours(1),
                                        [&](PastDecision past) {
                                          Intent meanwhile = intent("att_2", *key, *store);
                                          meanwhile.request = "req_2";
                                          meanwhile.decision.candidates = first.decision.candidates;
                                          EXPECT_TRUE(wait(store->record_intent(meanwhile)));
                                          seen.push_back(past.request);
                                        });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(seen, std::vector<std::string>{"req_1"}) << "what was written meanwhile is not of the past";
}

TEST_F(StoreTest, AFailedRowDoesNotTakeItsNeighboursWithIt) {
  auto store = open();
  auto key = store->create_key({.name = "a"});
  ASSERT_TRUE(wait(store->record_intent(intent("att_same", *key, *store))));
  asio::io_context io;
  std::vector<std::future<Result<>>> results;
  for (int i = 0; i < 50; ++i) {
    std::string id = i == 25 ? "att_same" : "att_" + std::to_string(i);
    results.push_back(asio::co_spawn(io, store->record_intent(intent(id, *key, *store)), asio::use_future));
  }
  io.run();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(results[i].get().has_value(), i != 25) << i;
}

// A child process writes intents and says each one that was acknowledged; it is killed in the middle. Everything it
// said must be there, and the next server gives each an outcome.
TEST_F(StoreTest, NothingAcknowledgedIsLostByAKill) {
  int out[2];
  ASSERT_EQ(pipe(out), 0);
  pid_t child = fork();
  if (child == 0) {
    auto store = Store::open(folder_, Store::Role::server, clock_);
    auto key = (*store)->create_key({.name = "a"});
    for (int i = 0;; ++i) {
      if (!wait((*store)->record_intent(intent("att_" + std::to_string(i), *key, **store)))) _exit(1);
      if (write(out[1], &i, sizeof i) != sizeof i) _exit(1);
    }
  }
  close(out[1]);
  int last = -1;
  while (last < 40) ASSERT_EQ(read(out[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  kill(child, SIGKILL);
  for (int next = 0; read(out[0], &next, sizeof next) == sizeof next;) last = next;
  close(out[0]);
  waitpid(child, nullptr, 0);

  auto store = open(Store::Role::server);
  auto rows = store->usage(clock_.now() - std::chrono::hours(1), clock_.now() + std::chrono::hours(1));
  ASSERT_TRUE(rows && rows->size() == 1u);
  EXPECT_GE(rows->front().attempts, last + 1) << "each acknowledged attempt is there, with the outcome `unknown`";
}

// The disk is full: here, a limit on the size of files, which SQLite meets as a failed write.
TEST_F(StoreTest, AFullDiskIsOneClearErrorAndNothingIsLost) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    auto store = *Store::open(folder_, Store::Role::server, clock_);
    auto key = store->create_key({.name = "a"});
    auto size = fs::file_size(folder_ / "entente.db-wal");
    rlimit limit{size + 300'000, RLIM_INFINITY};  // an intent alone writes some 20,000 bytes
    setrlimit(RLIMIT_FSIZE, &limit);
    int acknowledged = 0;
    Result<> last;
    for (; acknowledged < 10'000; ++acknowledged) {
      last = wait(store->record_intent(intent("att_" + std::to_string(acknowledged), *key, *store)));
      if (!last) break;
    }
    bool clear = !last && last.error().code == ErrorCode::unavailable && !store->healthy();
    auto rows = store->usage(clock_.now() - std::chrono::hours(1), clock_.now() + std::chrono::hours(1));
    if (!clear || !rows || acknowledged <= 5 || !store->find_credential(key->secret)) _exit(1);
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 100 && !store->healthy(); ++i) usleep(50'000);  // found out without anybody writing
    _exit(store->healthy() && wait(store->record_intent(intent("att_after", *key, *store))) ? 0 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(open(Store::Role::server)->list_keys()->size(), 1u);
}

TEST_F(StoreTest, AStoreThatIsNeverIdleSeesAKeyMadeByAnotherProcess) {
  auto server = open(Store::Role::server);
  auto own = server->create_key({.name = "own"});
  auto tool = open(Store::Role::tool);
  auto other = tool->create_key({.name = "other"});
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  int written = 0;
  while (!server->find_credential(other->secret) && std::chrono::steady_clock::now() < end)
    ASSERT_TRUE(wait(server->record_intent(intent("att_" + std::to_string(written++), *own, *server))));
  EXPECT_TRUE(server->find_credential(other->secret));
}

// The lanes of a journal are whole: numbers from 1, each entry with the hash of the one before, each number ended once.
void expect_whole_lanes(const std::vector<std::string>& entries) {
  struct Lane {
    std::int64_t numbers = 0;
    Digest last{};
    std::set<std::int64_t> running;
  };
  std::map<std::string, Lane> lanes;
  for (const std::string& text : entries) {
    if (audit::kind_of_line(text) != audit::LineKind::entry) continue;
    auto entry = audit::parse_entry(text);
    ASSERT_TRUE(entry) << text;
    Lane& lane = lanes[entry->lane];
    EXPECT_EQ(entry->previous, lane.last) << text;
    if (entry->kind == audit::EntryKind::intent) {
      EXPECT_EQ(entry->number, ++lane.numbers);
      lane.running.insert(entry->number);
    } else {
      EXPECT_EQ(lane.running.erase(entry->number), 1u) << text;
    }
    lane.last = audit::hash_entry(text);
  }
  for (const auto& [name, lane] : lanes) EXPECT_TRUE(lane.running.empty()) << name;
}

TEST_F(StoreTest, TheLanesAreWholeAfterRefusedRowsAndACrash) {
  {
    auto store = open(Store::Role::server);
    auto one = store->create_key({.name = "a"}), two = store->create_key({.name = "b", .tenant = "other"});
    asio::io_context io;
    std::vector<std::future<Result<>>> results;
    auto spawn = [&](Task<> task) { results.push_back(asio::co_spawn(io, std::move(task), asio::use_future)); };
    for (int i = 0; i < 20; ++i)
      spawn(store->record_intent(intent("att_" + std::to_string(i), i % 2 ? *one : *two, *store)));
    io.run();
    io.restart();
    for (int i = 0; i < 10; ++i)
      spawn(store->record_outcome({.attempt = "att_" + std::to_string(i), .at = clock_.now()}));
    spawn(store->record_outcome({.attempt = "att_nobody_knows", .at = clock_.now()}));
    spawn(store->record_intent(intent("att_12", *one, *store)));  // runs already
    for (int i = 20; i < 30; ++i) spawn(store->record_intent(intent("att_" + std::to_string(i), *one, *store)));
    io.run();
    for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].get().has_value(), i != 30 && i != 31) << i;
    EXPECT_EQ(store->journal(0, 1000)->size(), 40u);
  }
  auto store = open(Store::Role::server);  // twenty were running, and two keys had been made
  auto entries = store->journal(0, 1000);
  ASSERT_TRUE(entries) << entries.error().message;
  EXPECT_EQ(entries->size(), 62u);
  expect_whole_lanes(*entries);
  store.reset();
  EXPECT_EQ(open(Store::Role::server)->journal(0, 1000)->size(), 62u) << "settled once";
}

// The schema before: attempts and outcomes in tables of their own, the oldest of them without entries in the log.
TEST_F(StoreTest, AnOlderStoreKeepsItsAttemptsItsLogAndItsUsage) {
  std::string entry =
      audit::entry_text({.attempt = "att_3", .lane = "lan_1", .number = 1, .at = "2026-11-23T00:00:00Z"});
  std::string ended = audit::entry_text({.kind = audit::EntryKind::outcome,
                                         .attempt = "att_3",
                                         .lane = "lan_1",
                                         .number = 1,
                                         .previous = audit::hash_entry(entry),
                                         .at = "2026-11-23T00:00:01Z"});
  {
    auto database = *Database::open(folder_ / "entente.db");
    ASSERT_TRUE(migrate(*database, 2));
    ASSERT_TRUE(database->script(
        "INSERT INTO tenants VALUES('ten_1', 'clinic', 1); INSERT INTO projects VALUES('prj_1', 'ten_1', 'triage', 1);"
        "INSERT INTO keys VALUES('key_1', 'prj_1', 'laptop', 'ent_', x'01', '', 1, NULL);"
        "INSERT INTO attempts(id, request, tenant, project, key, kind, model, deployment, provider, place, decision, "
        "most_tokens, reserved_nano, currency, at) VALUES"
        "('att_1', 'req_1', 'ten_1', 'prj_1', 'key_1', 'chat', 'm', 'd', 'p', 'FR', '{}', 10, 7, 'EUR', 1),"
        "('att_2', 'req_2', 'ten_1', 'prj_1', 'key_1', 'chat', 'm', 'd', 'p', 'FR', '{}', 10, 7, 'EUR', 2);"
        "INSERT INTO attempts(id, request, tenant, project, key, kind, model, deployment, provider, place, decision, "
        "most_tokens, reserved_nano, currency, at, lane, number, entry, salt, record) VALUES"
        "('att_3', 'req_3', 'ten_1', 'prj_1', 'key_1', 'chat', 'm', 'd', 'p', 'FR', '{}', 10, 7, 'EUR', 3, 'lan_1', 1, "
        "0, "
        "x'02', '{\"attempt\":\"att_3\",\"tenant\":\"ten_1\"}');"
        "INSERT INTO outcomes(attempt, kind, error, prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens, "
        "cost_nano, currency, first_token_us, duration_us, at, entry, salt, record) VALUES"
        "('att_1', 'answered', '', 7, 0, 5, 0, 30, 'EUR', 1, 2, 4, NULL, NULL, NULL),"
        "('att_3', 'answered', '', 7, 0, 5, 0, 30, 'EUR', 1, 2, 5, 1, x'03', '{\"attempt\":\"att_3\"}');"));
    ASSERT_TRUE(database->run("INSERT INTO journal VALUES(1, ?), (2, ?)", {entry, ended}));
  }
  auto store = open(Store::Role::server);
  EXPECT_EQ(*store->journal(0, 10), (std::vector<std::string>{entry, ended}));
  auto rows = store->usage(Instant{}, clock_.now());
  ASSERT_TRUE(rows && rows->size() == 1u);
  EXPECT_EQ(rows->front().attempts, 2);
  EXPECT_EQ(rows->front().costs, (std::vector<Money>{{60, "EUR"}}));
  auto sealed = wait(store->sealed_attempts("req_3", "ten_1"));
  ASSERT_TRUE(sealed && sealed->size() == 1u);
  EXPECT_EQ(sealed->front().intent.salt, audit::Salt{2});
  ASSERT_TRUE(sealed->front().outcome);
  EXPECT_EQ(sealed->front().outcome->index, 1);
  EXPECT_TRUE(wait(store->sealed_attempts("req_3", "ten_2"))->empty()) << "another tenant's";
  rows = store->usage(Instant{}, clock_.now() + std::chrono::hours(1));
  EXPECT_EQ(rows->front().attempts, 3) << "what ran when that server ended has the outcome unknown now";
  auto key = store->create_key({.name = "new"});
  ASSERT_TRUE(wait(store->record_intent(intent("att_4", *key, *store))));
  ASSERT_TRUE(wait(store->record_outcome({.attempt = "att_4", .at = clock_.now()})));
  expect_whole_lanes(*store->journal(0, 10));
}

TEST_F(StoreTest, AFileThatIsNoStoreGetsASentence) {
  std::ofstream(folder_ / "entente.db") << std::string(8192, 'x');
  auto store = Store::open(folder_, Store::Role::tool, clock_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().message, "The store's file is damaged. Restore it from a backup.");
}

}  // namespace
}  // namespace entente::store
