// Witnessing: this server as a witness of other people's logs: its keys, what it cosigned last of each log, and which
// logs those are. Lies in a folder of its own beside the log; the keys are made when the first log is configured.
//
// add_checkpoint() and checkpoint() on any thread that may block, take() on the main thread. Failure: a key file that
// is not one, or has another name; what files say.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/log/witness.hpp"
#include "base/clock.hpp"
#include "config/config.hpp"
#include "store/folder_files.hpp"

namespace entente::app {

class Witnessing {
 public:
  Witnessing(std::filesystem::path folder, const Clock& clock);

  // What the configuration says from now on. An error changes nothing.
  Result<> take(const config::Witness& settings);

  // Nothing: no log is witnessed here.
  Result<std::optional<audit::WitnessAnswer>> add_checkpoint(std::string_view body);
  Result<std::optional<std::string>> checkpoint(std::string_view origin_hash);
  std::optional<std::string> public_keys() const;  // a line each: Ed25519, ML-DSA-44

 private:
  struct Now {
    std::shared_ptr<audit::Witness> witness;
    std::vector<audit::NoteVerifier> logs;
  };

  const std::filesystem::path folder_;
  const Clock& clock_;
  store::FolderFiles files_;
  std::atomic<std::shared_ptr<const Now>> now_;  // null: no log is witnessed
  std::shared_ptr<audit::Witness> witness_;      // the same through all reloads, for it orders requests
};

}  // namespace entente::app
