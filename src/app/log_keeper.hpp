// LogKeeper: publishes the transparency log while the server runs. A thread looks at the store's journal a few times a
// second and, when it has grown, writes tiles and signs a checkpoint, so that what was done is provable within a
// second.
//
// Thread: its own; file() from any. A full disk is said once and tried again; a journal that contradicts what was
// signed (audit/log.hpp) fails open(), and the server does not start.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "audit/log.hpp"
#include "audit/stream_head.hpp"
#include "store/folder_files.hpp"
#include "store/store.hpp"

namespace entente::app {

class LogKeeper {
 public:
  // The folder holds the key and the published files; made when it is not there.
  static Result<std::unique_ptr<LogKeeper>> open(const std::filesystem::path& folder, std::string_view origin,
                                                 std::shared_ptr<store::Store> store);
  ~LogKeeper();  // publishes what came last
  LogKeeper(const LogKeeper&) = delete;
  LogKeeper& operator=(const LogKeeper&) = delete;

  // A published file: "checkpoint", "tile/…". None: there is no such file.
  Result<std::optional<std::string>> file(const std::string& path) { return files_.read(path); }
  // The receipt of a request, as JSON: with proofs where the log has all of its entries, else a promise.
  Result<std::string> receipt(const std::string& request, const std::vector<store::SealedAttempt>& attempts);
  // The head of a tenant's day with the way to the newest checkpoint. None: the log does not have it yet.
  Result<std::optional<std::string>> day_head(const store::SealedEntry& head);
  std::string public_key() const { return public_key_; }
  // Any thread.
  std::string sign_head(const audit::StreamHead& head) const;
  bool healthy() const { return healthy_; }

 private:
  LogKeeper(const std::filesystem::path& folder, std::shared_ptr<store::Store> store);
  void loop();
  void publish();

  store::FolderFiles files_;
  std::shared_ptr<store::Store> store_;
  std::optional<audit::Log> log_;
  std::string public_key_;
  std::atomic<bool> healthy_ = true;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace entente::app
