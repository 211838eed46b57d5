#include "net/response_reader.hpp"

#include <algorithm>
#include <format>
#include <optional>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/ascii.hpp"

namespace entente::net {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

// Streams come in small pieces, and thousands of them stand at once: room grows when it was filled.
constexpr std::size_t first_room = 1024, most_room = 16 * 1024;
constexpr std::uint32_t most_head_bytes = 64 * 1024;

std::unexpected<Error> not_http(std::string_view what) {
  return fail({.code = ErrorCode::upstream_failed,
               .message = std::format("The other side does not answer in HTTP: {}.", what),
               .reason = "not_http"});
}

}  // namespace

struct ResponseReader::Parsing {
  std::optional<http::response_parser<http::buffer_body>> parser;
  void begin() {
    parser.emplace();
    parser->header_limit(most_head_bytes);
    parser->body_limit(boost::none);  // whoever reads bounds what is kept
  }
};

ResponseReader::ResponseReader() : parsing_(std::make_unique<Parsing>()) { parsing_->begin(); }
ResponseReader::~ResponseReader() = default;

std::span<char> ResponseReader::room() {
  std::string().swap(out_);  // whoever waits needs none; = {} would keep its memory
  bool filled = to_ == in_.size();
  if (from_ > 0) {
    std::copy(in_.data() + from_, in_.data() + to_, in_.data());
    to_ -= std::exchange(from_, 0);
  }
  if (filled && in_.size() < most_room) in_.resize(in_.empty() ? first_room : most_room);
  if (in_.size() - to_ < first_room / 2) in_.resize(to_ + first_room);
  return {in_.data() + to_, in_.size() - to_};
}

void ResponseReader::came(std::size_t count) {
  to_ += count;
  if (count > 0) nothing_came_ = false;
}

Result<bool> ResponseReader::read_head() {
  while (from_ < to_) {
    error_code failure;
    std::size_t used = parsing_->parser->put(boost::asio::buffer(in_.data() + from_, to_ - from_), failure);
    from_ += used;
    if (failure == http::error::need_more) {
      if (to_ - from_ > most_head_bytes) return not_http("its head is too long");
      return false;
    }
    // need_buffer: the head is whole and the body has begun
    if (failure && failure != http::error::need_buffer) return not_http(failure.message());
    if (!parsing_->parser->is_header_done()) continue;
    if (status() / 100 == 1) {
      parsing_->begin();
      continue;
    }
    std::string_view coding = parsing_->parser->get()[http::field::transfer_encoding];
    if (!coding.empty() && !equal_without_case(coding, "chunked")) return not_http("an unknown transfer encoding");
    headers_ = {};
    for (const auto& field : parsing_->parser->get()) {
      headers_.add(std::string(field.name_string()), std::string(field.value()));
    }
    return true;
  }
  return false;
}

unsigned ResponseReader::status() const { return parsing_->parser->get().result_int(); }

Result<std::string_view> ResponseReader::read_body() {
  auto& parser = *parsing_->parser;
  if (out_.size() < to_ - from_) out_.resize(to_ - from_);
  while (!parser.is_done() && from_ < to_) {
    auto& body = parser.get().body();
    body.data = out_.data();
    body.size = out_.size();
    body.more = true;
    error_code failure;
    std::size_t used = parser.put(boost::asio::buffer(in_.data() + from_, to_ - from_), failure);
    from_ += used;
    std::size_t made = out_.size() - body.size;
    if (failure == http::error::need_more) failure = {};
    if (failure && failure != http::error::need_buffer) return not_http(failure.message());
    if (made > 0) return std::string_view(out_.data(), made);
    if (used == 0) break;
  }
  return std::string_view();
}

bool ResponseReader::done() const { return parsing_->parser->is_done(); }

bool ResponseReader::can_go_on() const { return done() && from_ == to_ && parsing_->parser->keep_alive(); }

Result<> ResponseReader::connection_ended() {
  error_code failure;
  if (parsing_->parser->is_header_done()) parsing_->parser->put_eof(failure);
  if (parsing_->parser->is_header_done() && !failure) return {};
  return fail({.code = ErrorCode::upstream_failed,
               .message = "The connection was cut in the middle of the answer.",
               .reason = "connection_cut"});
}

void ResponseReader::next() {
  parsing_->begin();
  headers_ = {};
  nothing_came_ = true;
}

}  // namespace entente::net
