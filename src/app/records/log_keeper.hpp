// LogKeeper: publishes the transparency log while the server runs. A thread looks at the store's journal twice a
// second and, when it has grown, writes tiles and signs a checkpoint, so that what was done is provable within a
// second. Where a quorum of witnesses is required, it asks them once a second at most and publishes nothing until
// enough of them have cosigned; everything else goes on, and receipts promise what they cannot prove yet.
//
// Thread: its own; file() from any. A full disk is said once and tried again, and so are witnesses that are missing; a
// journal that contradicts what was signed (audit/log/log.hpp) fails open(), and the server does not start.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/records/witnesses.hpp"
#include "audit/log/log.hpp"
#include "audit/receipts/held_entry.hpp"
#include "audit/receipts/stream_head.hpp"
#include "store/folder_files.hpp"
#include "store/store.hpp"

namespace entente::app {

// The log at one moment.
struct LogNow {
  std::uint64_t published = 0, unpublished = 0;  // entries
  std::vector<WitnessNow> witnesses;
};

class LogKeeper {
 public:
  // The folder holds the keys and the published files; made when it is not there. `quorum`: a policy file; empty:
  // nobody must cosign.
  static Result<std::unique_ptr<LogKeeper>> open(const std::filesystem::path& folder, std::string_view origin,
                                                 const std::filesystem::path& quorum,
                                                 std::shared_ptr<store::Store> store);
  ~LogKeeper();  // publishes what came last
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;

  // A published file: "checkpoint", "tile/…". None: there is no such file.
  Result<std::optional<std::string>> file(const std::string& path) { return files_.read(path); }
  // The receipt of a request, as JSON: with proofs where the log has all of its entries, else a promise.
  Result<std::string> receipt(const std::string& request, const std::vector<store::SealedAttempt>& attempts);
  // A head of a day or an erasure with the way to the newest checkpoint. None: the log does not have it yet.
  Result<std::optional<std::string>> held(audit::HeldKind kind, const store::SealedEntry& entry);
  // Any thread.
  std::string sign_head(const audit::StreamHead& head) const;
  bool healthy() const { return healthy_; }
  LogNow now() const;
  audit::Retention retention() const { return {.published_for = published_for_, .minimum_index = minimum_index_}; }
  // For how long entries are published; 0: for good. Works out from which entry on. Any one thread; blocking, and
  // quick.
  Result<> publish_for(std::chrono::milliseconds time, const Clock& clock);

  // Who must cosign from now on: read first, required when the whole configuration is good. Null: nobody.
  Result<std::shared_ptr<Witnesses>> read_quorum(const std::filesystem::path& file) const;
  void require(std::shared_ptr<Witnesses> witnesses);

 private:
  LogKeeper(const std::filesystem::path& folder, std::shared_ptr<store::Store> store, audit::CosignatureVerifier mldsa);
  void loop();
  void publish(std::chrono::milliseconds limit);
  Result<> publish_witnessed(Witnesses& witnesses, std::chrono::milliseconds limit);

  store::FolderFiles files_;
  std::shared_ptr<store::Store> store_;
  std::optional<audit::Log> log_;
  const audit::CosignatureVerifier mldsa_;             // the log's own
  std::atomic<std::shared_ptr<Witnesses>> witnesses_;  // null: nobody must cosign
  std::string missing_;       // whose cosignatures the offered checkpoint lacks, as it was said last; the thread's own
  std::string kept_;          // the cosignatures that lie beside it; the thread's own
  bool unpublished_ = false;  // there is something to publish, whatever the journal says; the thread's own
  std::atomic<std::uint64_t> published_entries_ = 0, signed_entries_ = 0;
  std::atomic<std::chrono::milliseconds> published_for_{};
  std::atomic<std::uint64_t> minimum_index_ = 0;
  std::atomic<bool> healthy_ = true;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  bool changed_ = false;   // guarded by mutex_: who must cosign
  std::thread thread_;
};

}  // namespace entente::app
