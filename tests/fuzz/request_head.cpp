// net/request_head.hpp: a head that is accepted cannot be read in two ways, judged here by a second, plainer reading; a
// target that is accepted gives a path in UTF-8, the same one when that path is encoded again.
#include "net/request_head.hpp"

#include <algorithm>
#include <format>
#include <string>
#include <vector>

#include "fuzz.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// The lines of a head, each ended by CR LF; whatever stands behind the first empty line belongs to the body.
std::vector<std::string_view> lines_of(std::string_view head) {
  std::vector<std::string_view> lines;
  while (true) {
    auto end = head.find("\r\n");
    require(end != std::string_view::npos, "an accepted head ends");
    if (end == 0) return lines;
    lines.push_back(head.substr(0, end));
    head.remove_prefix(end + 2);
  }
}

void check_accepted(std::string_view head) {
  std::vector<std::string_view> lines = lines_of(head);
  require(!lines.empty(), "there is a request line");
  for (std::string_view line : lines) {
    for (char c : line)
      require((static_cast<unsigned char>(c) >= 0x20 || c == '\t') && c != 0x7F, "no control characters");
  }
  int lengths = 0, codings = 0, hosts = 0;
  for (std::string_view line : lines.empty() ? lines : std::vector(lines.begin() + 1, lines.end())) {
    auto colon = line.find(':');
    require(colon != std::string_view::npos && colon > 0, "headers have names");
    std::string name = lower(line.substr(0, colon));
    require(name.find_first_of(" \t\"(),/;<=>?@[\\]{}") == std::string::npos, "names are tokens");
    lengths += name == "content-length";
    codings += name == "transfer-encoding";
    hosts += name == "host";
  }
  require(lengths + codings <= 1, "one length at most");
  require(hosts == 1 || (hosts == 0 && lines[0].ends_with("HTTP/1.0")), "one host");
}

std::string encoded(std::string_view path) {
  std::string out;
  for (char c : path) out += c == '/' ? "/" : std::format("%{:02x}", static_cast<unsigned char>(c));
  return out;
}

void check_target(std::string_view head, std::string_view base_path) {
  std::string_view line = head.substr(0, head.find("\r\n"));
  auto first = line.find(' '), last = line.rfind(' ');
  net::Request request;
  request.method = std::string(line.substr(0, first));
  Result<> set = net::set_target(request, line.substr(first + 1, last - first - 1), base_path);
  if (!set) return require_good_refusal(set.error());
  require(request.path.starts_with('/'), "a path begins with /");
  require(find_invalid_utf8(request.path) == std::string::npos, "a path is UTF-8");
  require(request.path.find('\0') == std::string::npos, "a path has no NUL");
  net::Request again;
  require(net::set_target(again, encoded(std::string(base_path) + request.path), base_path).has_value(),
          "a path can be sent again");
  require(again.path == request.path && again.query.empty(), "a path that is sent again is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view head = text_of(data, size);
  Result<> accepted = net::check_head(head);
  if (!accepted) {
    require_good_refusal(accepted.error());
    return 0;
  }
  check_accepted(head);
  check_target(head, "");
  check_target(head, "/entente");
  return 0;
}
