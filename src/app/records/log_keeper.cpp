#include "app/records/log_keeper.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "app/records/receipts.hpp"
#include "base/log.hpp"
#include "store/durable_file.hpp"

namespace entente::app {

namespace {
constexpr std::size_t most_at_once = 4096;         // entries in memory
constexpr std::chrono::milliseconds between{500};  // two looks at the journal
constexpr std::chrono::seconds between_rounds{1};  // in which witnesses are asked
constexpr std::chrono::seconds for_a_round{5}, for_the_last_round{2};
}  // namespace

LogKeeper::LogKeeper(const std::filesystem::path& folder, std::shared_ptr<store::Store> store,
                     audit::CosignatureVerifier mldsa)
    : files_(folder), store_(std::move(store)), mldsa_(std::move(mldsa)) {}

Result<std::unique_ptr<LogKeeper>> LogKeeper::open(const std::filesystem::path& folder, std::string_view origin,
                                                   const std::filesystem::path& quorum,
                                                   std::shared_ptr<store::Store> store) {
  TRY_ASSIGN(audit::NoteSigner signer, store::log_signer(folder / "key", origin));
  TRY_ASSIGN(audit::MldsaCosigner mldsa, store::log_cosigner(folder / "key-ml-dsa-44", signer.verifier().name()));
  auto keeper = std::unique_ptr<LogKeeper>(new LogKeeper(folder, std::move(store), mldsa.verifier()));
  std::string public_key = signer.verifier().text();
  audit::LogKeys keys{.ed25519 = std::move(signer), .mldsa = std::move(mldsa)};
  auto entries = [journal = keeper->store_](auto first) { return journal->journal(first, most_at_once); };
  TRY_ASSIGN(keeper->log_, audit::Log::open(std::move(keys), keeper->files_, entries, system_clock()));
  TRY(keeper->files_.write("public-key", public_key + "\n"));
  TRY(keeper->files_.write("public-key-ml-dsa-44", keeper->mldsa_.text() + "\n"));
  TRY_ASSIGN(auto witnesses, keeper->read_quorum(quorum));
  keeper->witnesses_ = std::move(witnesses);
  keeper->published_entries_ = keeper->log_->checkpoint().tree.size;
  // Witnesses are not waited for: they may be servers that start now, too, and wait for this one.
  if (keeper->witnesses_.load() == nullptr) keeper->publish(for_a_round);
  keeper->unpublished_ = keeper->witnesses_.load() != nullptr;
  keeper->thread_ = std::thread([self = keeper.get()] { self->loop(); });
  return keeper;
}

Result<std::shared_ptr<Witnesses>> LogKeeper::read_quorum(const std::filesystem::path& file) const {
  if (file.empty()) return nullptr;
  auto witnesses = [&]() -> Result<std::shared_ptr<Witnesses>> {
    TRY_ASSIGN(auto text, store::read_file(file));
    if (!text) return fail(ErrorCode::not_found, "The file does not exist.");
    TRY_ASSIGN(audit::TlogPolicy policy, audit::TlogPolicy::parse(*text));
    return Witnesses::create(std::move(policy), log_->signer().verifier(), mldsa_);
  }();
  if (witnesses) return witnesses;
  Error error = std::move(witnesses).error();
  error.message = std::format("audit.quorum names {}, which cannot be gone by. {}", file.string(), error.message);
  return fail(std::move(error));
}

void LogKeeper::require(std::shared_ptr<Witnesses> witnesses) {
  witnesses_ = std::move(witnesses);
  std::lock_guard lock(mutex_);
  changed_ = true;
}

LogNow LogKeeper::now() const {
  std::uint64_t published = published_entries_, all = std::max<std::uint64_t>(signed_entries_, published);
  LogNow now{.published = published, .unpublished = all - published, .witnesses = {}};
  if (auto witnesses = witnesses_.load()) now.witnesses = witnesses->now();
  return now;
}

Result<> LogKeeper::publish_for(std::chrono::milliseconds time, const Clock& clock) {
  std::uint64_t older = 0;
  if (time.count() > 0) {
    TRY_ASSIGN(older, store_->entries_before(clock.now() - std::chrono::duration_cast<Instant::duration>(time)));
  }
  published_for_ = time;
  minimum_index_ = std::min<std::uint64_t>(older, published_entries_);
  return {};
}

Result<std::string> LogKeeper::receipt(const std::string& request, const std::vector<store::SealedAttempt>& attempts) {
  return make_receipt(log_->signer(), files_, request, attempts);
}

Result<std::optional<std::string>> LogKeeper::held(audit::HeldKind kind, const store::SealedEntry& entry) {
  return make_held(log_->signer(), files_, kind, entry);
}

std::string LogKeeper::sign_head(const audit::StreamHead& head) const {
  const audit::NoteSigner& signer = log_->signer();
  return audit::signature_of(signer.sign(audit::head_text(head, signer.verifier().name())));
}

LogKeeper::~LogKeeper() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void LogKeeper::loop() {
  std::int64_t seen = 0;
  std::chrono::steady_clock::time_point next_round{};
  while (true) {
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, between, [this] { return stopping_; });
      stopping = stopping_;
      unpublished_ = unpublished_ || std::exchange(changed_, false);
    }
    bool witnessed = witnesses_.load() != nullptr;
    std::int64_t written = store_->newest_entry();
    bool due = written != seen || !healthy_ || unpublished_;
    if (due && (!witnessed || stopping || std::chrono::steady_clock::now() >= next_round)) {
      publish(stopping ? for_the_last_round : for_a_round);
      if (healthy_) seen = written;
      next_round = std::chrono::steady_clock::now() + between_rounds;
    }
    if (stopping) return;
  }
}

void LogKeeper::publish(std::chrono::milliseconds limit) {
  auto witnesses = witnesses_.load();
  Result<> published;
  if (witnesses) {
    published = publish_witnessed(*witnesses, limit);
  } else {
    published = log_->publish().transform([](bool) {});
    unpublished_ = false;
  }
  published_entries_ = log_->checkpoint().tree.size;
  signed_entries_ = log_->offered().tree.size;
  if (!published && healthy_) {
    log::error("The transparency log could not be published; it is tried again.",
               {{"error", published.error().message}, {"details", published.error().details}});
  } else if (published && !healthy_) {
    log::info("The transparency log can be written again.", {{"entries", log_->checkpoint().tree.size}});
  }
  healthy_ = published.has_value();
}

Result<> LogKeeper::publish_witnessed(Witnesses& witnesses, std::chrono::milliseconds limit) {
  TRY_ASSIGN(unpublished_, log_->offer(audit::Log::Shown::yes));
  if (!unpublished_) return {};
  signed_entries_ = log_->offered().tree.size;
  Witnesses::Round round = witnesses.ask(log_->offered(), log_->offered_note(), log_->subtrees(), limit);
  if (round.met) {
    TRY(log_->publish_offer(round.cosignatures));
    unpublished_ = false;
    if (!std::exchange(missing_, {}).empty())
      log::info("Enough witnesses cosign the log again: it is published.", {{"entries", log_->checkpoint().tree.size}});
    return {};
  }
  std::string lines = log_->offered_note() + round.cosignatures;
  TRY_ASSIGN(audit::QuorumVerdict verdict, audit::judge_quorum(witnesses.policy(), lines));
  std::string missing;
  for (const std::string& name : verdict.missing) missing += (missing.empty() ? "" : ", ") + name;
  if (missing != missing_) {
    log::warning("The log's newest checkpoint waits for witnesses and is not published; requests are answered as ever.",
                 {{"missing", missing},
                  {"needed", witnesses.policy().quorum_in_words()},
                  {"entries", log_->offered().tree.size}});
    missing_ = missing;
  }
  // For `entente doctor`, which names who is missing.
  if (lines != kept_ && !round.cosignatures.empty()) TRY(log_->keep_offer(round.cosignatures));
  kept_ = std::move(lines);
  return {};
}

}  // namespace entente::app
