#include "app/log_keeper.hpp"

#include <chrono>

#include "base/log.hpp"

namespace entente::app {

namespace {
constexpr std::size_t most_at_once = 4096;         // entries in memory
constexpr std::chrono::milliseconds between{200};  // two looks at the journal
}  // namespace

LogKeeper::LogKeeper(const std::filesystem::path& folder, std::shared_ptr<store::Store> store)
    : files_(folder), store_(std::move(store)) {}

Result<std::unique_ptr<LogKeeper>> LogKeeper::open(const std::filesystem::path& folder, std::string_view origin,
                                                   std::shared_ptr<store::Store> store) {
  TRY_ASSIGN(audit::NoteSigner signer, store::log_signer(folder / "key", origin));
  auto keeper = std::unique_ptr<LogKeeper>(new LogKeeper(folder, std::move(store)));
  keeper->public_key_ = signer.verifier().text();
  TRY_ASSIGN(keeper->log_, audit::Log::open(std::move(signer), keeper->files_, [journal = keeper->store_](auto first) {
               return journal->journal(first, most_at_once);
             }));
  TRY(keeper->files_.write("public-key", keeper->public_key_ + "\n"));
  keeper->publish();
  keeper->thread_ = std::thread([self = keeper.get()] { self->loop(); });
  return keeper;
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
  std::uint64_t seen = 0;
  while (true) {
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, between, [this] { return stopping_; });
      stopping = stopping_;
    }
    if (std::uint64_t commits = store_->commits(); commits != seen || !healthy_) {
      publish();
      if (healthy_) seen = commits;
    }
    if (stopping) return;
  }
}

void LogKeeper::publish() {
  Result<bool> published = log_->publish();
  if (!published && healthy_) {
    log::error("The transparency log could not be published; it is tried again.",
               {{"error", published.error().message}, {"details", published.error().details}});
  } else if (published && !healthy_) {
    log::info("The transparency log is published again.", {{"entries", log_->checkpoint().tree.size}});
  }
  healthy_ = published.has_value();
}

}  // namespace entente::app
