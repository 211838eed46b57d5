#include "net/request_reader.hpp"

#include <format>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/request_head.hpp"

namespace entente::net {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

// Most requests are small, and thousands of connections stand at once: room grows when it was filled.
constexpr std::size_t first_room = 4 * 1024, most_room = 16 * 1024;

std::unexpected<Error> bad(std::string message) {
  return fail({.code = ErrorCode::invalid_request, .message = std::move(message), .reason = "bad_request"});
}

// Bytes that no head may hold (TLS on a plain port, bare line feeds): better refused now than when its time is over.
bool not_a_head(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\0' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))) return true;
  }
  return false;
}

}  // namespace

struct RequestReader::Parsing {
  std::optional<http::request_parser<http::string_body>> parser;
  bool body_begun = false;
};

RequestReader::RequestReader(const Limits& limits)
    : limits_(limits), room_(first_room), parsing_(std::make_unique<Parsing>()) {}
RequestReader::~RequestReader() = default;

std::span<char> RequestReader::room() {
  room_from_ = in_.size();
  in_.resize_and_overwrite(room_from_ + room_, [](char*, std::size_t size) { return size; });
  return {in_.data() + room_from_, room_};
}

void RequestReader::came(std::size_t count) {
  in_.resize(room_from_ + count);
  if (count == room_) room_ = most_room;
}

void RequestReader::append(std::string_view bytes) { in_ += bytes; }

Result<std::optional<RequestHead>> RequestReader::read_head() {
  // Empty lines before a request are tolerated (RFC 9112 section 2.2); the connection's idle time still runs.
  while (in_.starts_with("\r\n")) in_.erase(0, 2);
  auto end = in_.find("\r\n\r\n", searched_);
  std::size_t size = end == std::string::npos ? in_.size() : end + 4;
  if (size > limits_.head_bytes) {
    return fail({.code = ErrorCode::too_large,
                 .message = std::format("The request's head is larger than {} bytes.", limits_.head_bytes),
                 .reason = "headers_too_large"});
  }
  if (end == std::string::npos) {
    if (not_a_head(in_)) return bad("This is not an HTTP request: its lines must end with CR LF.");
    searched_ = in_.size() < 3 ? 0 : in_.size() - 3;
    return std::nullopt;
  }
  searched_ = 0;
  TRY_ASSIGN(RequestHead head, parse(std::string_view(in_).substr(0, size)));
  in_.erase(0, size);
  return head;
}

Result<RequestHead> RequestReader::parse(std::string_view head) {
  TRY(check_head(head));
  auto& parser = parsing_->parser.emplace();
  parsing_->body_begun = false;
  parser.header_limit(static_cast<std::uint32_t>(limits_.head_bytes));
  parser.body_limit(boost::none);  // known to whoever reads the body: until then its announced length harms nobody
  error_code failure;
  parser.put(boost::asio::buffer(head), failure);
  if (failure || !parser.is_header_done()) {
    return bad(std::format("The request's head cannot be read: {}.", failure.message()));
  }
  const auto& message = parser.get();
  RequestHead out{.method = std::string(message.method_string()),
                  .target = std::string(message.target()),
                  .headers = {},
                  .version_1_0 = message.version() == 10,
                  .keep_alive = message.keep_alive()};
  for (const auto& field : message) out.headers.add(std::string(field.name_string()), std::string(field.value()));
  out.expects_continue = !out.version_1_0 && boost::beast::iequals(message[http::field::expect], "100-continue");
  return out;
}

bool RequestReader::body_pending() const { return parsing_->parser && !parsing_->parser->is_done(); }

std::optional<std::uint64_t> RequestReader::announced_bytes() const {
  if (!parsing_->parser) return std::nullopt;
  auto length = parsing_->parser->content_length();
  return length ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

Result<bool> RequestReader::read_body(std::uint64_t most_bytes) {
  auto& parser = *parsing_->parser;
  auto too_large = [&] {
    return fail(ErrorCode::too_large, std::format("The body is larger than {} bytes. server.limits.body_bytes sets the "
                                                  "limit.",
                                                  most_bytes));
  };
  if (!parsing_->body_begun) {
    parsing_->body_begun = true;
    if (auto length = announced_bytes(); length && *length > most_bytes) return too_large();
    parser.body_limit(most_bytes);
    parser.eager(true);
  }
  while (!parser.is_done() && !in_.empty()) {
    error_code failure;
    std::size_t used = parser.put(boost::asio::buffer(in_), failure);
    in_.erase(0, used);
    if (failure == http::error::body_limit) return too_large();
    if (failure && failure != http::error::need_more) return bad("The body's chunks are malformed.");
    if (used == 0) break;
  }
  return parser.is_done();
}

// Gives memory back already here: the answer may be a long one.
std::string RequestReader::take_body() {
  if (in_.empty()) in_.shrink_to_fit();
  std::string body = std::move(parsing_->parser->get().body());
  parsing_->parser.reset();
  return body;
}

void RequestReader::next() {
  parsing_->parser.reset();
  room_ = first_room;
  if (in_.empty()) in_.shrink_to_fit();
}

}  // namespace entente::net
