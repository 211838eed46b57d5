#include "net/request_head.hpp"

#include <algorithm>
#include <format>
#include <optional>

#include "base/ascii.hpp"
#include "base/encoding.hpp"

namespace entente::net {

namespace {

std::unexpected<Error> bad(std::string message) {
  return fail({.code = ErrorCode::invalid_request, .message = std::move(message), .reason = "bad_request"});
}

bool is_token_char(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_control(unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// None: a % stands without two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1,
        low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

Result<> check_head(std::string_view head) {
  int lengths = 0, codings = 0, hosts = 0;
  bool first = true;
  bool version_1_1 = false;
  while (true) {
    auto end = head.find("\r\n");
    if (end == std::string_view::npos) return bad("The request's head does not end with an empty line.");
    std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.empty()) break;
    if (std::ranges::any_of(line, is_control))
      return bad("The request's head holds a control character or a bare line break.");
    if (first) {
      version_1_1 = line.ends_with(" HTTP/1.1");
      if (!version_1_1 && !line.ends_with(" HTTP/1.0")) return bad("The request line must end with HTTP/1.1.");
      if (std::ranges::count(line, ' ') != 2)
        return bad("The request line must be: method, space, target, space, version.");
      first = false;
      continue;
    }
    if (line[0] == ' ' || line[0] == '\t') return bad("A header must not be folded over two lines.");
    auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return bad("A header must have the form name: value.");
    std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
    if (!std::ranges::all_of(name, is_token_char))
      return bad("A header's name holds a space or a character that is not allowed.");
    if (equal_without_case(name, "content-length")) {
      ++lengths;
      if (value.empty() || value.size() > 18 ||
          !std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; })) {
        return bad("Content-Length must be one number.");
      }
    } else if (equal_without_case(name, "transfer-encoding")) {
      ++codings;
      if (!equal_without_case(value, "chunked")) return bad("Transfer-Encoding must be chunked, alone.");
    } else if (equal_without_case(name, "host")) {
      ++hosts;
    }
  }
  if (first) return bad("The request line is missing.");
  if (lengths > 1) return bad("Content-Length came twice.");
  if (codings > 1) return bad("Transfer-Encoding came twice.");
  if (lengths && codings) return bad("Content-Length and Transfer-Encoding must not come together.");
  if (codings && !version_1_1) return bad("Transfer-Encoding needs HTTP/1.1.");
  if (hosts > 1 || (version_1_1 && hosts == 0)) return bad("Exactly one Host header must come.");
  return {};
}

std::string Request::query_value(std::string_view name) const {
  for (std::string_view rest = query; !rest.empty();) {
    std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    auto equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    std::string value(pair.substr(equals + 1));
    std::ranges::replace(value, '+', ' ');
    return percent_decoded(value).value_or("");
  }
  return {};
}

Result<> set_target(Request& request, std::string_view target, std::string_view base_path) {
  // A proxy-style target ("http://host/path") names the host twice: only the path is used, the Host header decides.
  if (auto scheme = target.find("://"); scheme != std::string_view::npos && !target.starts_with('/')) {
    auto slash = target.find('/', scheme + 3);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  if (target == "*" && request.method == "OPTIONS") target = "/";
  if (!target.starts_with('/')) return bad("The request's target must be a path that begins with /.");
  auto mark = target.find('?');
  request.query = mark == std::string_view::npos ? "" : std::string(target.substr(mark + 1));
  std::string_view encoded = target.substr(0, mark);
  auto decoded = percent_decoded(encoded);
  if (!decoded) return bad("The path holds a % without two hexadecimal digits.");
  std::string path = *std::move(decoded);
  if (find_invalid_utf8(path) != std::string::npos || path.find('\0') != std::string::npos)
    return bad("The path is not valid UTF-8.");
  if (!base_path.empty()) {
    bool inside = path.starts_with(base_path) && (path.size() == base_path.size() || path[base_path.size()] == '/');
    if (!inside) {
      return fail({.code = ErrorCode::not_found,
                   .message = std::format("This server lives under {}/.", base_path),
                   .reason = "unknown_url"});
    }
    path.erase(0, base_path.size());
    if (path.empty()) {
      path = "/";
      request.folder = std::string(base_path) + "/";
    }
  }
  request.path = std::move(path);
  return {};
}

}  // namespace entente::net
