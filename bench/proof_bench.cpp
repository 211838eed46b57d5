// What proof costs, in processor time unless it says otherwise: labels found in texts, decisions with their records,
// durable entries and their
// integration into the log, the verification of a log and of a receipt, without and with a line of ML-DSA-44 under its
// checkpoint; and a log of 1,000 entries of which every byte is changed once. Prints a line of JSON each;
// `./dev bench proof` runs it (bench/proof.py).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <format>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "audit/checkpoints/tlog_policy.hpp"
#include "audit/log/log.hpp"
#include "audit/log/verify.hpp"
#include "audit/receipts/cose.hpp"
#include "audit/receipts/receipt.hpp"
#include "audit/tree/tiles.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "gateway/decided.hpp"
#include "labels/labeller.hpp"
#include "policy/record.hpp"
#include "store/folder_files.hpp"
#include "store/sealed_record.hpp"
#include "store/store.hpp"

using namespace entente;

namespace {

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
double cpu() { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }
double wall() { return seconds_of(CLOCK_MONOTONIC); }

// Microseconds: the middle of nine rounds.
template <class Work>
double measured(int times, Work work) {
  std::vector<double> rounds;
  for (int round = 0; round < 9; ++round) {
    double began = cpu();
    for (int i = 0; i < times; ++i) work();
    rounds.push_back((cpu() - began) / times * 1e6);
  }
  std::ranges::nth_element(rounds, rounds.begin() + 4);
  return rounds[4];
}

template <class T>
T must(Result<T> result) {
  if (result) {
    if constexpr (std::is_void_v<T>) {
      return;
    } else {
      return *std::move(result);
    }
  }
  std::fprintf(stderr, "proof_bench: %s\n", result.error().message.c_str());
  std::exit(1);
}

struct World {
  std::shared_ptr<Catalogue> catalogue = std::make_shared<Catalogue>();
  std::shared_ptr<policy::Policies> policies = std::make_shared<policy::Policies>();
  Model model{.name = "assistant", .deployments = {}, .created = {}, .owner = {}};
  Envelope envelope{
      .model = "assistant", .kind = "chat", .prompt_bytes = 1000, .max_tokens = 100, .labels = {"health"}};
  Principal who{.tenant = "ten_1",
                .project = "prj_1",
                .key = "key_1",
                .tenant_name = "clinic",
                .project_name = "triage",
                .key_name = "ward",
                .labels = {}};
};

// Two of three deployments are allowed.
World world_of(int deployments, int policies) {
  World world;
  for (int i = 0; i < deployments; ++i) {
    Deployment one{.name = std::format("deployment-{}", i), .provider = "p", .model = "m", .facts = {}, .price = {}};
    one.facts.processing_locations = {.value = std::vector<std::string>{i % 3 ? "FR" : "SE"},
                                      .assurance = Assurance::contract,
                                      .source = "order form 4.2",
                                      .reviewed = "2026-10-01",
                                      .expires = {}};
    one.price = Price{"EUR", 1'000'000'000 + i, 2'000'000'000, {}};
    world.model.deployments.push_back(one.name);
    world.catalogue->deployments.emplace(one.name, one);
  }
  for (int i = 0; i < policies; ++i) {
    policy::Policy one{.name = std::format("policy-{}", i)};
    one.when.labels = {"health"};
    one.rules.push_back({.subject = "processing_locations", .values = {"FR", "DE"}, .least = Assurance::declared});
    world.policies->policies.push_back(one);
  }
  return world;
}

store::Intent intent_of(const World& world, store::Decided decided, std::string id, Instant at) {
  return {.attempt = std::move(id),
          .request = make_id("req", at),
          .principal = world.who,
          .kind = "chat",
          .model = "assistant",
          .deployment = "deployment-1",
          .provider = "p",
          .place = "FR",
          .decision = std::move(decided),
          .asked = Digest{},
          .most_tokens = 4096,
          .reserved = {},
          .at = at};
}

void decisions() {
  for (auto [deployments, policies, times] : {std::tuple{1, 0, 5000}, {10, 1, 2000}, {200, 50, 100}}) {
    World world = world_of(deployments, policies);
    policy::Rulebook book(world.catalogue, world.policies, std::chrono::year(2026) / 11 / 27);
    auto decide = [&] {
      return policy::decide(world.envelope, world.who, world.model, book, {.draw = 7, .first_token = {}});
    };
    policy::Decision decision = decide();
    auto sealed = [&] {
      return gateway::decided(decision, policy::question_text(decision, world.envelope, world.who, world.model, book));
    };
    std::size_t sink = 0;
    double deciding = measured(times, [&] { sink += decide().verdicts.size(); });
    double sealing = measured(times, [&] { sink += sealed().text.size(); });
    store::Intent intent = intent_of(world, sealed(), "att_1", Instant{});
    double recording = measured(times, [&] { sink += sha256(store::record_of(intent))[0]; });
    std::size_t beside = 2;
    for (const std::string& text : intent.decision.candidates) beside += text.size() + 1;
    std::printf(
        "{\"what\":\"decision\",\"candidates\":%d,\"policies\":%d,\"decide_us\":%.2f,\"seal_us\":%.2f,"
        "\"record_us\":%.2f,\"record_bytes\":%zu,\"candidates_bytes\":%zu%s}\n",
        deployments, policies, deciding, sealing, recording, store::record_of(intent).size(), beside,
        sink == 0 ? ",\"nothing\":true" : "");
  }
}

// A letter's text, again and again, in which nothing is found until its end: everything that `finds` knows, and words.
void label_costs() {
  LabelRule rule{.label = "personal",
                 .finds = {"email", "phone", "iban", "payment-card", "ip-address", "credential", "national-id"},
                 .words = {"diagnos*", "patient*", "treatment", "prescri*", "hospital*"}};
  auto labeller = must(labels::Labeller::make({rule}));
  constexpr std::string_view letter =
      "On the 17th of October the committee met in room 12 and agreed on 3,400 euros for the garden; invoice 2026-0417 "
      "was "
      "paid, order 7001234567 is late, and version 2.14.0 of the plan came by post. ";
  for (std::size_t bytes : {1'000, 100'000}) {
    std::string text;
    while (text.size() < bytes) text += letter;
    text.resize(bytes - 1);
    for (bool found : {false, true}) {
      Chat chat;
      chat.conversation.push_back(said(Role::user, text + (found ? " write to a@example.org" : "")));
      Work work = std::move(chat);
      Principal who = World().who;
      std::size_t given = 0;
      double took =
          measured(static_cast<int>(10'000'000 / bytes), [&] { given += labeller->labels_of(who, work).size(); });
      std::printf("{\"what\":\"labels\",\"bytes\":%zu,\"found\":%s,\"us\":%.2f}\n", bytes, given ? "true" : "false",
                  took);
    }
  }
}

// So many attempts at a time, each an intent and its outcome, both on disk before the next.
void journal(const std::filesystem::path& folder) {
  constexpr int at_a_time = 256, attempts = 40'000;
  World world = world_of(1, 0);
  policy::Rulebook book(world.catalogue, world.policies, std::chrono::year(2026) / 11 / 27);
  policy::Decision decision = policy::decide(world.envelope, world.who, world.model, book);
  std::string question = policy::question_text(decision, world.envelope, world.who, world.model, book);
  auto store = must(store::Store::open(folder, store::Store::Role::server, system_clock()));
  std::atomic<int> left = attempts;
  auto loop = [&]() -> boost::asio::awaitable<void> {
    while (left.fetch_sub(1) > 0) {
      Instant now = system_clock().now();
      std::string id = make_id("att", now);
      must(co_await store->record_intent(intent_of(world, gateway::decided(decision, question), id, now)));
      must(co_await store->record_outcome({.attempt = id, .at = now}));
    }
  };
  boost::asio::io_context io;
  for (int i = 0; i < at_a_time; ++i) boost::asio::co_spawn(io, loop, boost::asio::detached);
  double wall_began = wall(), cpu_began = cpu();
  io.run();
  double took = wall() - wall_began, used = cpu() - cpu_began;
  constexpr double entries = 2.0 * attempts;
  std::printf(
      "{\"what\":\"journal\",\"entries\":%.0f,\"at_a_time\":%d,\"durable_per_second\":%.0f,\"cpu_us_each\":%.1f}\n",
      entries, at_a_time, entries / took, used / entries * 1e6);

  store::FolderFiles files(folder / "log");
  audit::NoteSigner signer = must(store::log_signer(folder / "log" / "key", "example.org/bench"));
  audit::MldsaCosigner mldsa = must(store::log_cosigner(folder / "log" / "key-ml-dsa-44", "example.org/bench"));
  auto log = must(audit::Log::open(
      {.ed25519 = std::move(signer), .mldsa = std::move(mldsa)}, files,
      [&](std::uint64_t first) { return store->journal(first, 4096); }, system_clock()));
  wall_began = wall();
  cpu_began = cpu();
  must(log.publish());
  std::printf("{\"what\":\"integration\",\"entries\":%.0f,\"seconds\":%.3f,\"cpu_us_each\":%.2f}\n", entries,
              wall() - wall_began, (cpu() - cpu_began) / entries * 1e6);
}

// A log of one lane whose attempts are answered one after the other.
class LogOnDisk {
 public:
  explicit LogOnDisk(audit::Files& files) : files_(files) {}

  void write(std::uint64_t entries) {
    World world = world_of(1, 0);
    policy::Rulebook book(world.catalogue, world.policies, std::chrono::year(2026) / 11 / 27);
    policy::Decision decision = policy::decide(world.envelope, world.who, world.model, book);
    std::string question = policy::question_text(decision, world.envelope, world.who, world.model, book);
    receipt_.request = "req_1";
    for (std::uint64_t i = 0; i < entries; ++i) {
      bool is_intent = i % 2 == 0;
      audit::Entry entry{.kind = is_intent ? audit::EntryKind::intent : audit::EntryKind::outcome,
                         .attempt = std::format("att_01M8DVNB27XQ180ZF3V{:07}", i / 2),
                         .lane = "lan_01M8DVKGKRWDDMRB6XP0DTYP6A",
                         .number = static_cast<std::int64_t>(i / 2 + 1),
                         .previous = previous_,
                         .record = {},
                         .at = "2026-11-27T10:15:03.118233Z"};
      audit::ReceiptEntry sealed{
          .index = static_cast<std::int64_t>(i), .entry = {}, .record = {}, .salt = salt_, .proof = {}};
      if (i < 2) {
        store::Decided decided = gateway::decided(decision, question);
        store::Intent intent = intent_of(world, decided, entry.attempt, Instant{});
        intent.request = "req_1";
        sealed.record =
            is_intent ? store::record_of(intent) : store::record_of(store::Outcome{.attempt = entry.attempt});
        entry.record = audit::commitment_to(salt_, sealed.record);
        if (is_intent)
          receipt_.attempts.emplace_back().candidates = audit::open_texts(decided.candidates, decided.secret);
      }
      sealed.entry = audit::entry_text(entry);
      previous_ = audit::hash_entry(sealed.entry);
      builder_.add(sealed.entry);
      if (i == 0) receipt_.attempts[0].intent = sealed;
      if (i == 1) receipt_.attempts[0].outcome = sealed;
      if (i % 65'536 == 65'535) flush();
    }
    flush();
    must(files_.write(audit::checkpoint_path,
                      signer_.sign(audit::checkpoint_text({.origin = "example.org/bench", .tree = builder_.tree()}))));
  }

  audit::LogVerdict verified() { return must(audit::verify_log(files_, signer_.verifier(), std::nullopt)); }
  audit::NoteVerifier key() const { return signer_.verifier(); }
  const audit::Receipt& receipt() const { return receipt_; }
  const audit::NoteSigner& signer() const { return signer_; }

 private:
  void flush() {
    for (auto& [tile, bytes] : builder_.take_files()) {
      // Partial tiles in the middle would stand beside the full ones that follow.
      must(files_.write(audit::path_of(tile), bytes));
    }
  }

  audit::Files& files_;
  audit::NoteSigner signer_{"example.org/bench", audit::Seed{9}};
  audit::TileBuilder builder_;
  audit::Receipt receipt_;
  audit::Salt salt_ = audit::new_salt();
  Digest previous_{};
};

class Memory final : public audit::Files {
 public:
  Result<std::optional<std::string>> read(const std::string& path) override {
    auto found = files.find(path);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }
  Result<> write(const std::string& path, std::string_view bytes) override {
    files[path] = bytes;
    return {};
  }
  void remove_folder(const std::string&) override {}
  std::map<std::string, std::string> files;
};

// A receipt whose checkpoint has the line of ML-DSA-44, too, as this server signs it. Whoever has the log's key of
// Ed25519 alone passes over it; a policy that names its key has it checked.
void with_mldsa(audit::Receipt receipt, const audit::NoteVerifier& log) {
  audit::MldsaCosigner mldsa(log.name(), audit::Seed{10});
  auto policy =
      must(audit::TlogPolicy::parse(std::format("witness mldsa {}\nquorum mldsa\n", mldsa.verifier().text())));
  std::chrono::sys_seconds at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 27);
  receipt.checkpoint += must(mldsa.cosign(must(audit::split_note(receipt.checkpoint)).text, at));
  std::string text = audit::receipt_text(receipt);
  auto verified = [&] {
    audit::Receipt read = must(audit::parse_receipt(text));
    must(audit::verify_receipt(read, log, Instant{}));
    return read;
  };
  auto demanded = [&] {
    if (!must(audit::judge_quorum(policy, verified().checkpoint)).met)
      must<void>(fail(ErrorCode::internal, "the line of ML-DSA-44 does not count"));
  };
  double passing_over = measured(50, verified), checking = measured(50, demanded);
  std::printf("{\"what\":\"receipt_with_mldsa\",\"bytes\":%zu,\"verify_us\":%.0f,\"demanded_us\":%.0f}\n", text.size(),
              passing_over, checking);
}

void verification(const std::filesystem::path& folder, std::uint64_t entries) {
  store::FolderFiles files(folder / "million");
  LogOnDisk log(files);
  log.write(entries);
  double wall_began = wall(), cpu_began = cpu();
  audit::LogVerdict verdict = log.verified();
  bool whole = verdict.damage.empty() && verdict.gaps.empty();
  std::printf("{\"what\":\"verify\",\"entries\":%llu,\"seconds\":%.2f,\"cpu_seconds\":%.2f,\"whole\":%s}\n",
              static_cast<unsigned long long>(entries), wall() - wall_began, cpu() - cpu_began,
              whole ? "true" : "false");

  audit::Receipt receipt = log.receipt();
  audit::ReadSubtree read = audit::subtrees_in(entries, audit::tiles_in(files));
  for (audit::ReceiptEntry* entry : {&receipt.attempts[0].intent, &*receipt.attempts[0].outcome})
    entry->proof = must(audit::prove_inclusion(static_cast<std::uint64_t>(entry->index), entries, read));
  // Its decision cites statements, which this log has none of: they are left out as whoever passes it on may do.
  receipt.attempts[0].candidates.clear();
  receipt.promise = log.signer().sign(audit::promise_text(receipt, "example.org/bench", Instant{}));
  receipt.checkpoint = *must(files.read(audit::checkpoint_path));
  // Whoever verifies a receipt that the server gave out checks this signature, too.
  receipt.cose = audit::sign_root(log.signer(), must(audit::open_checkpoint(receipt.checkpoint, log.key())).tree.root);
  std::string text = audit::receipt_text(receipt);
  double each =
      measured(50, [&] { must(audit::verify_receipt(must(audit::parse_receipt(text)), log.key(), Instant{})); });
  std::printf("{\"what\":\"receipt\",\"bytes\":%zu,\"verify_us\":%.0f}\n", text.size(), each);
  with_mldsa(std::move(receipt), log.key());
}

// Every byte of every file of a log of 1,000 entries, or each `every` one from `first` on, changed by a bit that goes
// round.
void flips(std::size_t every, std::size_t first) {
  Memory whole;
  LogOnDisk log(whole);
  log.write(1000);
  audit::LogVerdict verdict = log.verified();
  if (!verdict.damage.empty() || !verdict.gaps.empty()) must<void>(fail(ErrorCode::internal, "the log is not whole"));
  std::atomic<std::size_t> tried = 0, missed = 0;
  auto part = [&](std::size_t remainder, std::size_t parts) {
    Memory files;
    files.files = whole.files;
    std::size_t number = 0;
    for (auto& [path, bytes] : files.files) {
      for (std::size_t i = 0; i < bytes.size(); ++i, ++number) {
        if (number % every != first || number / every % parts != remainder) continue;
        auto bit = static_cast<char>(1U << number / every % 8);
        bytes[i] = static_cast<char>(bytes[i] ^ bit);
        auto found = audit::verify_log(files, log.key(), std::nullopt);
        ++tried;
        if (found && found->damage.empty() && found->gaps.empty()) {
          ++missed;
          std::fprintf(stderr, "not found: byte %zu of %s\n", i, path.c_str());
        }
        bytes[i] = static_cast<char>(bytes[i] ^ bit);
      }
    }
  };
  double began = wall();
  {
    std::size_t parts = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::jthread> threads;
    threads.reserve(parts);
    for (std::size_t i = 0; i < parts; ++i) threads.emplace_back(part, i, parts);
  }
  std::size_t bytes = 0;
  for (const auto& [path, text] : whole.files) bytes += text.size();
  std::printf("{\"what\":\"flips\",\"entries\":1000,\"bytes\":%zu,\"tried\":%zu,\"missed\":%zu,\"seconds\":%.0f}\n",
              bytes, tried.load(), missed.load(), wall() - began);
}

}  // namespace

int main(int argc, char** argv) {
  std::string what = argc > 1 ? argv[1] : "";
  std::string name = std::filesystem::current_path() / "proof-XXXXXX";  // on a disk: /tmp may be memory
  if (!mkdtemp(name.data())) return 1;
  if (what == "labels") label_costs();
  if (what == "decisions") decisions();
  if (what == "journal") journal(name);
  if (what == "verify") verification(name, argc > 2 ? std::stoull(argv[2]) : 1'000'000);
  if (what == "flips") flips(argc > 2 ? std::stoull(argv[2]) : 1, argc > 3 ? std::stoull(argv[3]) : 0);
  std::filesystem::remove_all(name);
  return 0;
}
