#include "app/server/running.hpp"

#include <cerrno>
#include <format>
#include <fstream>
#include <string_view>
#include <utility>

#include <signal.h>
#include <unistd.h>

namespace entente::app {

namespace {
constexpr auto file_name = "server.pid";  // the process on the first line, an address on each further one
}

std::optional<Running> find_running(const std::filesystem::path& state_folder) {
  std::ifstream file(state_folder / file_name);
  Running found;
  if (!(file >> found.process) || found.process < 1) return std::nullopt;
  if (kill(found.process, 0) != 0 && errno != EPERM) return std::nullopt;
  for (std::string address; file >> address;) found.addresses.push_back(address);
  return found;
}

RunningNote::RunningNote(const std::filesystem::path& state_folder, const std::vector<std::string>& addresses)
    : file_(state_folder / file_name) {
  std::ofstream file(file_);
  file << getpid() << '\n';
  for (const std::string& address : addresses) file << address << '\n';
}

RunningNote::~RunningNote() {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

std::string reachable_url(const std::vector<std::string>& addresses) {
  for (std::string url : addresses) {
    if (!url.starts_with("http")) continue;
    for (auto [every, loopback] : {std::pair("//0.0.0.0:", "//127.0.0.1:"), std::pair("//[::]:", "//[::1]:")}) {
      if (auto at = url.find(every); at != std::string::npos) url.replace(at, std::string_view(every).size(), loopback);
    }
    return url;
  }
  return {};
}

Result<std::string> url_of_running(const std::filesystem::path& state_folder) {
  auto running = find_running(state_folder);
  std::string url = running ? reachable_url(running->addresses) : "";
  if (!url.empty()) return url;
  return fail(ErrorCode::not_found, std::format("No server that can be asked runs from {}.", state_folder.string()));
}

}  // namespace entente::app
