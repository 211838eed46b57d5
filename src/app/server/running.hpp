// Which server runs from a state folder, for commands beside it: its process and where it listens. The server writes it
// when it listens (real ports, whatever the configuration says) and removes it when it stops; what a killed server left
// is not believed. Main thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.hpp"

namespace entente::app {

struct Running {
  pid_t process = 0;
  std::vector<std::string> addresses;  // as net::Server::addresses() gives them
};

// Nothing when no server runs from there.
std::optional<Running> find_running(const std::filesystem::path& state_folder);

// Says that this process serves, for as long as the object lives.
class RunningNote {
 public:
  RunningNote(const std::filesystem::path& state_folder, const std::vector<std::string>& addresses);
  ~RunningNote();
  RunningNote(const RunningNote&) = delete;
  RunningNote& operator=(const RunningNote&) = delete;

 private:
  std::filesystem::path file_;
};

// Where this machine itself reaches the server: the first address over TCP, "every address" meaning loopback. Empty
// when it listens on Unix sockets alone.
std::string reachable_url(const std::vector<std::string>& addresses);

// The same of the server that runs from there. Failure: not_found, in a sentence.
Result<std::string> url_of_running(const std::filesystem::path& state_folder);

}  // namespace entente::app
