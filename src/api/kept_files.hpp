// KeptFiles: what clients uploaded for batches, and what batches wrote: contents and their descriptions, in a folder
// that only we may look into. Nobody sees another project's. A file goes when its time is over.
//
// Descriptions are in memory. What reads or writes contents blocks: off the network's threads. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "wire/openai/files.hpp"

namespace entente::api {

class KeptFiles {
 public:
  // `keep`: how long a file is kept that says nothing shorter. Blocking.
  static Result<std::shared_ptr<KeptFiles>> open(std::filesystem::path folder, std::chrono::seconds keep,
                                                 const Clock& clock);

  Result<wire::StoredFile> add(wire::StoredFile file, std::string_view content, std::int64_t lives = 0);
  // The same, of a file that lies elsewhere on this disk and is moved here; done again after a crash, it does no harm.
  Result<> adopt(wire::StoredFile file, const std::filesystem::path& from, std::int64_t lives = 0);
  Result<std::string> content(std::string_view id) const;
  Result<> remove(std::string_view id);

  std::optional<wire::StoredFile> find(std::string_view id, std::string_view project);
  std::vector<wire::StoredFile> list(std::string_view project);  // the newest first

  // Files that are in use stay when their time is over.
  void set_in_use(std::function<bool(const std::string& id)> in_use) { in_use_ = std::move(in_use); }
  void drop_what_is_over();

 private:
  KeptFiles(std::filesystem::path folder, std::chrono::seconds keep, const Clock& clock)
      : folder_(std::move(folder)), keep_(keep), clock_(clock) {}
  std::int64_t now() const;
  void date(wire::StoredFile& file, std::int64_t lives) const;
  std::filesystem::path place(std::string_view id, std::string_view kind) const;
  Result<> describe(const wire::StoredFile& file);

  const std::filesystem::path folder_;
  const std::chrono::seconds keep_;
  const Clock& clock_;
  std::function<bool(const std::string& id)> in_use_ = [](const std::string&) { return false; };
  mutable std::mutex mutex_;
  std::map<std::string, wire::StoredFile, std::less<>> files_;  // guarded by mutex_; ids sort by their time
};

}  // namespace entente::api
