#include "net/upstream.hpp"

#include <algorithm>
#include <atomic>
#include <format>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "net/line.hpp"

namespace entente::net {

namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::size_t copied_behind_the_head = 64 * 1024;
constexpr auto after_a_broken_write = std::chrono::seconds(2);  // for the answer that may explain it

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

class UpstreamImpl final : public Upstream, public std::enable_shared_from_this<UpstreamImpl> {
 public:
  explicit UpstreamImpl(UpstreamOptions options) : options_(std::move(options)) {}

  Result<> prepare() {
    TRY_ASSIGN(url_, parse_url(options_.endpoint));
    if (url_.target.contains('?')) {
      return fail(ErrorCode::invalid_request,
                  std::format("'{}' is no endpoint: leave the query out.", options_.endpoint));
    }
    base_path_ = url_.target;
    while (base_path_.ends_with('/')) base_path_.pop_back();
    host_header_ = host_field(url_);
    through_plain_proxy_ = !url_.tls && proxy_for(url_).has_value();
    if (url_.tls) {
      TRY_ASSIGN(tls_, client_tls_context(options_));
    }
    return {};
  }

  Task<std::unique_ptr<UpstreamReply>> send(UpstreamRequest request) override;
  const std::string& host() const override { return url_.host; }
  const std::string& host_header() const override { return host_header_; }
  const std::string& base_path() const override { return base_path_; }

  void give_back(IdleLines& idle, std::unique_ptr<Line> line) const {
    auto now = steady_clock::now();
    line->rests_since = now;
    line->used_before = true;
    line->rest();
    line->reader.next();
    auto& of = idle.of(number_);
    of.idle_time = options_.idle_time;
    if (of.lines.size() >= options_.most_idle) of.lines.erase(of.lines.begin());
    of.lines.push_back(std::move(line));
    idle.close_old(now);
  }

 private:
  Result<std::string> head_of(const UpstreamRequest& request) const;
  std::unique_ptr<Line> take_idle(IdleLines& idle) const;

  const UpstreamOptions options_;
  const std::uint64_t number_ = next_number();
  Url url_;
  std::string base_path_, host_header_;
  bool through_plain_proxy_ = false;
  std::shared_ptr<asio::ssl::context> tls_;
};

class ReplyOver final : public UpstreamReply {
 public:
  ReplyOver(std::shared_ptr<const UpstreamImpl> upstream, IdleLines& idle, std::unique_ptr<Line> line, bool usable)
      : upstream_(std::move(upstream)), idle_(idle), line_(std::move(line)), usable_(usable) {}

  ~ReplyOver() override {
    if (usable_ && line_->reader.can_go_on()) upstream_->give_back(idle_, std::move(line_));
  }

  unsigned status() const override { return line_->reader.status(); }
  const Headers& headers() const override { return line_->reader.headers(); }
  std::shared_ptr<const PeerIdentity> peer() const override { return line_->peer(); }

  Task<std::string_view> next_piece(SteadyTime until, std::string_view reason) override {
    while (true) {
      CO_TRY_ASSIGN(std::string_view piece, line_->reader.read_body());
      if (!piece.empty() || line_->reader.done()) co_return piece;
      bool left = (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
      if (left) co_return fail(asker_left_error());
      Moved moved = co_await line_->read(line_->reader.room(), until);
      line_->reader.came(moved.bytes);
      if (moved.bytes > 0 || !moved.failure) continue;
      usable_ = false;
      CO_TRY(co_await ended(moved, *line_, upstream_->host(), reason));
      co_return std::string_view();
    }
  }

  Result<std::string_view> piece_at_hand() override { return line_->reader.read_body(); }
  bool whole() const override { return line_->reader.done(); }

  // What it means that nothing more can be read. No Error: the end of the connection is the end of the body.
  static Task<> ended(Moved moved, Line& line, std::string_view host, std::string_view reason) {
    if (!moved.in_time) {
      co_return fail({.code = ErrorCode::timeout,
                      .message = std::format("{} did not go on in time.", host),
                      .reason = std::string(reason)});
    }
    if (co_await asker_left()) co_return fail(asker_left_error());
    // Over TLS only a proper goodbye ends a body without a length: anything else may be somebody's cut.
    if (moved.failure == asio::error::eof) co_return line.reader.connection_ended();
    co_return fail({.code = ErrorCode::upstream_failed,
                    .message = std::format("The connection to {} was cut in the middle of the answer.", host),
                    .reason = "connection_cut",
                    .details = moved.failure.message()});
  }

 private:
  std::shared_ptr<const UpstreamImpl> upstream_;
  IdleLines& idle_;  // of the io_context this task runs on
  std::unique_ptr<Line> line_;
  bool usable_;
};

bool can_stand_in_a_head(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

Result<std::string> UpstreamImpl::head_of(const UpstreamRequest& request) const {
  std::string head = request.method;
  head += ' ';
  if (through_plain_proxy_) head += std::format("http://{}", host_header_);
  head += base_path_;
  head += request.target;
  head += " HTTP/1.1\r\nhost: ";
  head += host_header_;
  head += "\r\nuser-agent: entente/" ENTENTE_VERSION "\r\naccept-encoding: identity\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!can_stand_in_a_head(value)) {
      return fail(ErrorCode::internal, std::format("The header {} to {} holds a control character.", name, url_.host));
    }
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  if (!request.body.empty() || request.method == "POST") {
    std::format_to(std::back_inserter(head), "content-length: {}\r\n", request.body.size());
  }
  head += "\r\n";
  return head;
}

std::unique_ptr<Line> UpstreamImpl::take_idle(IdleLines& idle) const {
  auto& lines = idle.of(number_).lines;
  auto now = steady_clock::now();
  while (!lines.empty()) {
    std::unique_ptr<Line> line = std::move(lines.back());  // the warmest
    lines.pop_back();
    if (now - line->rests_since <= options_.idle_time && line->still_open()) return line;
  }
  return nullptr;
}

Task<std::unique_ptr<UpstreamReply>> UpstreamImpl::send(UpstreamRequest request) {
  CO_TRY_ASSIGN(std::string head, head_of(request));
  auto executor = co_await asio::this_coro::executor;
  IdleLines& idle = asio::use_service<IdleLines>(asio::query(executor, asio::execution::context));
  std::unique_ptr<Line> line = take_idle(idle);
  if (!line) {
    CO_TRY_ASSIGN(line, co_await open_line(url_, tls_, idle.of(number_).session, options_.connect_time));
  }
  if (co_await asker_left()) co_return fail(asker_left_error());
  if (request.sent_to) *request.sent_to = line->peer();

  std::string_view body = request.body;
  if (body.size() <= copied_behind_the_head) {
    head += body;
    body = {};
  }
  auto until = steady_clock::now() + options_.headers_time;
  Moved written = co_await line->write(head, body, until);
  bool usable = !written.failure;
  if (written.failure) {
    // A server that refuses a large body may have said why before it closed.
    if (!written.in_time) {
      co_return fail({.code = ErrorCode::timeout,
                      .message = std::format("{} did not take the request in time.", url_.host),
                      .reason = "headers_timeout"});
    }
    if (co_await asker_left()) co_return fail(asker_left_error());
    until = steady_clock::now() + after_a_broken_write;
  }
  while (true) {
    CO_TRY_ASSIGN(bool whole, line->reader.read_head());
    if (whole) break;
    if (co_await asker_left()) co_return fail(asker_left_error());
    Moved moved = co_await line->read(line->reader.room(), until);
    line->reader.came(moved.bytes);
    if (moved.bytes > 0 || !moved.failure) continue;
    if (line->used_before && line->reader.nothing_came() && moved.in_time && !co_await asker_left()) {
      co_return fail({.code = ErrorCode::upstream_failed,
                      .message = std::format("{} closed a connection that was kept for later.", url_.host),
                      .reason = "stale_connection"});
    }
    CO_TRY(co_await ReplyOver::ended(moved, *line, url_.host, "headers_timeout"));
  }
  co_return std::make_unique<ReplyOver>(shared_from_this(), idle, std::move(line), usable);
}

}  // namespace

Result<std::shared_ptr<Upstream>> Upstream::create(UpstreamOptions options) {
  auto upstream = std::make_shared<UpstreamImpl>(std::move(options));
  TRY(upstream->prepare());
  return upstream;
}

Task<std::string> read_small_body(UpstreamReply& reply, std::size_t most_bytes, std::chrono::milliseconds limit) {
  std::string body;
  auto until = steady_clock::now() + limit;
  while (true) {
    CO_TRY_ASSIGN(std::string_view piece, co_await reply.next_piece(until, "stalled"));
    if (piece.empty()) co_return body;
    body += piece;
    if (body.size() > most_bytes)
      co_return fail(ErrorCode::too_large, std::format("The answer is larger than {} bytes.", most_bytes));
  }
}

}  // namespace entente::net
