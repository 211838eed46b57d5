#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <format>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/log.hpp"
#include "base/notifier.hpp"
#include "net/request_head.hpp"
#include "net/request_reader.hpp"
#include "net/status.hpp"

namespace entente::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;
using Tls = asio::ssl::stream<Socket>;

constexpr auto no_deadline = SteadyTime::max();
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t unread_body_tolerated = 64 * 1024;  // read and thrown away to keep the connection usable
constexpr std::size_t copied_into_one_write = 64 * 1024;
constexpr std::size_t most_kept_for_a_piece = 512;

std::unexpected<Error> client_left() { return fail(ErrorCode::cancelled, "The client has left."); }

Error http_error(ErrorCode code, std::string reason, std::string message) {
  return {.code = code, .message = std::move(message), .reason = std::move(reason)};
}

// What the connection is doing, which decides what a passed deadline means.
enum class Phase { idle, head, body, handler, writing, closing };

template <class Stream>
class ConnectionOf final : public Connection,
                           public Exchange,
                           public std::enable_shared_from_this<ConnectionOf<Stream>> {
 public:
  ConnectionOf(Shard& shard, std::shared_ptr<ServerShared> shared, Stream stream, Peer peer)
      : shard_(shard),
        shared_(std::move(shared)),
        limits_(shared_->options.limits),
        stream_(std::move(stream)),
        peer_(std::move(peer)),
        reader_(limits_) {
    shard_.connections.insert(this);
  }
  ~ConnectionOf() override {
    shard_.connections.erase(this);
    shared_->open.fetch_sub(1, std::memory_order_relaxed);
  }

  asio::awaitable<void> serve();

  // Connection, called on the shard's thread.
  void look_at_deadline(SteadyTime now) override;
  void begin_drain() override {
    if (phase_ == Phase::idle) close_socket();
  }
  void cut() override { leave(); }

  asio::cancellation_slot task_slot() { return task_signal_.slot(); }

  // Exchange, called by the handler.
  const Request& request() const override { return request_; }
  Task<std::string> read_body() override;
  Task<> reply(Response response) override;
  Task<> begin(unsigned status, Headers headers) override;
  Task<> write(std::string_view piece) override;
  Task<> finish(std::string_view last) override;
  void when_quiet(QuietPiece piece) override;
  bool begun() const override { return answered_; }

 private:
  Socket& socket() {
    if constexpr (std::is_same_v<Stream, Tls>) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }
  void enter(Phase phase, std::chrono::milliseconds time) {
    phase_ = phase;
    deadline_ = std::chrono::steady_clock::now() + time;
  }
  void close_socket() {
    error_code ignored;
    socket().close(ignored);
  }
  // HTTP/1.0 has no chunks: only a reset tells a cut answer from a whole one.
  void reset() {
    error_code ignored;
    socket().set_option(asio::socket_base::linger(true, 0), ignored);
    close_socket();
  }
  void leave() {
    left_ = true;
    task_signal_.emit(asio::cancellation_type::terminal);
    close_socket();
  }

  asio::awaitable<bool> read_head();
  asio::awaitable<error_code> read_more();
  Result<> take_head(RequestHead head);
  asio::awaitable<void> run_handler();
  asio::awaitable<void> refuse(const Error& error);
  bool body_can_be_discarded() const;
  asio::awaitable<bool> discard_body();
  asio::awaitable<void> close_gently();
  void append_head(std::string& out, unsigned status, const Headers& headers, std::string_view framing);
  void append_piece(std::string_view piece);
  enum class Taken { all, some, failed };
  Taken take_at_once(std::string_view& bytes);
  asio::awaitable<bool> send(std::string_view bytes);
  void look_at_quiet(SteadyTime now);
  asio::awaitable<void> say_quiet_piece();
  asio::awaitable<void> quiet_piece_said();
  void start_watch();
  asio::awaitable<void> stop_watch();

  Shard& shard_;
  const std::shared_ptr<ServerShared> shared_;
  const Limits& limits_;
  Stream stream_;
  const Peer peer_;

  RequestReader reader_;
  Request request_;
  bool keep_alive_ = true, head_request_ = false, version_1_0_ = false, expects_continue_ = false;
  std::optional<Error> elsewhere_;  // the request's path lies outside the base path

  bool answered_ = false;   // something of the answer is decided or sent
  bool streaming_ = false;  // between begin() and finish()
  bool complete_ = false;   // the answer is whole
  std::string out_;         // bytes of the answer that wait for the next write

  QuietPiece quiet_;         // null: silence says nothing
  std::string quiet_piece_;  // the one that is being said, framed
  SteadyTime wrote_{};       // the last piece, within a sweep
  bool saying_quiet_piece_ = false;
  Notifier quiet_piece_ended_;

  Phase phase_ = Phase::idle;
  SteadyTime deadline_ = no_deadline;
  bool expired_ = false;  // the deadline has passed
  bool left_ = false;     // the client has, or is treated so: there is nobody to say anything to

  asio::cancellation_signal task_signal_;   // cancels the handler
  asio::cancellation_signal watch_signal_;  // ends the watching read
  bool watching_ = false, handler_runs_ = false;
  std::array<char, 512> watched_;
  Notifier watch_ended_;
};

template <class Stream>
void ConnectionOf<Stream>::look_at_deadline(SteadyTime now) {
  look_at_quiet(now);
  if (now < deadline_) return;
  deadline_ = no_deadline;
  expired_ = true;
  switch (phase_) {
    case Phase::head:
    case Phase::body: {
      error_code ignored;
      socket().cancel(ignored);  // the read ends; the client is told why
      break;
    }
    case Phase::writing: leave(); break;  // takes nothing: nothing can be told
    default: close_socket(); break;
  }
}

template <class Stream>
asio::awaitable<error_code> ConnectionOf<Stream>::read_more() {
  std::span<char> room = reader_.room();
  auto [failure, count] = co_await stream_.async_read_some(asio::buffer(room.data(), room.size()), as_values);
  reader_.came(count);
  co_return failure;
}

// Reads until the head is whole. False: there will be no request, and what had to be said has been said.
template <class Stream>
asio::awaitable<bool> ConnectionOf<Stream>::read_head() {
  enter(Phase::idle, limits_.idle_time);
  while (true) {
    head_request_ = reader_.begins_with("HEAD ");  // known before the head is whole: a refusal must know it too
    version_1_0_ = false;
    auto read = reader_.read_head();
    Result<> taken = !read ? fail(read.error()) : *read ? take_head(std::move(**read)) : Result<>{};
    if (!taken) co_await refuse(taken.error());
    if (!taken || *read) co_return taken.has_value();

    if (reader_.buffered() > 0 && phase_ == Phase::idle) enter(Phase::head, limits_.head_time);
    if (phase_ == Phase::idle && shared_->draining) co_return false;
    error_code failure = co_await read_more();
    if (failure && expired_ && phase_ == Phase::head && socket().is_open()) {
      co_await refuse(http_error(ErrorCode::timeout, "request_timeout", "The request's head took too long to arrive."));
    }
    if (failure) co_return false;
  }
}

template <class Stream>
Result<> ConnectionOf<Stream>::take_head(RequestHead head) {
  keep_alive_ = head.keep_alive;
  version_1_0_ = head.version_1_0;
  expects_continue_ = head.expects_continue;
  request_ = Request{.method = std::move(head.method),
                     .path = {},
                     .query = {},
                     .headers = std::move(head.headers),
                     .client = peer_.address,
                     .secure = std::is_same_v<Stream, Tls>,
                     .local_socket = peer_.local_socket,
                     .listener = peer_.listener};
  apply_forwarding(request_, shared_->trusted);
  Result<> target = set_target(request_, head.target, shared_->options.base_path);
  elsewhere_.reset();
  if (target || target.error().code != ErrorCode::not_found) return target;
  elsewhere_ = std::move(target.error());  // a good request for a path that is not ours
  return {};
}

template <class Stream>
Task<std::string> ConnectionOf<Stream>::read_body() {
  if (expects_continue_ && reader_.body_pending() && reader_.buffered() == 0 &&
      reader_.announced_bytes().value_or(0) <= limits_.body_bytes) {
    expects_continue_ = false;
    if (!co_await send("HTTP/1.1 100 Continue\r\n\r\n")) co_return client_left();
  }
  enter(Phase::body, limits_.body_time);
  while (true) {
    Result<bool> whole = reader_.read_body(limits_.body_bytes);
    if (whole && *whole) break;
    if (whole && !co_await read_more()) continue;
    keep_alive_ = false;  // where the next request would begin is unknown
    if (!whole) co_return fail(whole.error());
    if (!expired_ || !socket().is_open()) co_return client_left();
    co_return fail(http_error(ErrorCode::timeout, "request_timeout", "The request's body took too long to arrive."));
  }
  phase_ = Phase::handler;
  deadline_ = no_deadline;
  start_watch();
  co_return reader_.take_body();
}

template <class Stream>
void ConnectionOf<Stream>::append_head(std::string& out, unsigned status, const Headers& headers,
                                       std::string_view framing) {
  std::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\ndate: {}\r\n", status, reason_phrase(status), shard_.date);
  for (const auto& [name, value] : headers) {
    out += name;
    out += ": ";
    // A line break in a value would be another header: it becomes a space.
    auto begin = static_cast<std::ptrdiff_t>(out.size());
    out += value;
    std::replace_if(out.begin() + begin, out.end(), [](unsigned char c) { return c < 0x20; }, ' ');
    out += "\r\n";
  }
  out += framing;
  if (!keep_alive_)
    out += "connection: close\r\n";
  else if (version_1_0_)
    out += "connection: keep-alive\r\n";
  out += "\r\n";
}

// What the kernel takes at once needs no deadline, and no turn of the loop to say that it was taken. Leaves in `bytes`
// what it does not.
template <class Stream>
ConnectionOf<Stream>::Taken ConnectionOf<Stream>::take_at_once(std::string_view& bytes) {
  if constexpr (!std::is_same_v<Stream, Socket>) return Taken::some;
  error_code failure;
  std::size_t taken = socket().write_some(asio::buffer(bytes), failure);
  if (failure && failure != asio::error::would_block && failure != asio::error::try_again) return Taken::failed;
  if (!failure) bytes.remove_prefix(taken);
  return bytes.empty() ? Taken::all : Taken::some;
}

template <class Stream>
asio::awaitable<bool> ConnectionOf<Stream>::send(std::string_view bytes) {
  if (Taken taken = take_at_once(bytes); taken != Taken::some) co_return taken == Taken::all;
  Phase before = phase_;
  enter(Phase::writing, limits_.write_time);
  // Each part that is taken gives the client new time: a slow link is not a client that takes nothing.
  auto progress = [this](const error_code& failure, std::size_t) -> std::size_t {
    if (failure) return 0;
    enter(Phase::writing, limits_.write_time);
    return copied_into_one_write;
  };
  auto [failure, count] = co_await asio::async_write(stream_, asio::buffer(bytes), progress, as_values);
  phase_ = before;
  deadline_ = no_deadline;
  co_return !failure;
}

// The answer waits in out_ until the handler has returned: a short one costs one write and no suspension.
template <class Stream>
Task<> ConnectionOf<Stream>::reply(Response response) {
  if (answered_) co_return fail(ErrorCode::internal, "A request was answered twice.");
  answered_ = complete_ = true;
  if (shared_->draining || !body_can_be_discarded()) keep_alive_ = false;
  bool bodiless = response.status == 204 || response.status == 304;
  append_head(out_, response.status, response.headers,
              bodiless ? "" : std::format("content-length: {}\r\n", response.body.size()));
  if (!bodiless && !head_request_) out_ += response.body;
  co_return Result<>{};
}

template <class Stream>
Task<> ConnectionOf<Stream>::begin(unsigned status, Headers headers) {
  if (answered_) co_return fail(ErrorCode::internal, "A request was answered twice.");
  answered_ = streaming_ = true;
  if (version_1_0_ || shared_->draining || !body_can_be_discarded()) keep_alive_ = false;
  append_head(out_, status, headers, version_1_0_ ? "" : "transfer-encoding: chunked\r\n");
  co_return Result<>{};  // the head goes out with the first piece
}

template <class Stream>
void ConnectionOf<Stream>::append_piece(std::string_view piece) {
  if (head_request_ || piece.empty()) return;
  if (!version_1_0_) std::format_to(std::back_inserter(out_), "{:x}\r\n", piece.size());
  out_ += piece;
  if (!version_1_0_) out_ += "\r\n";
}

template <class Stream>
Task<> ConnectionOf<Stream>::write(std::string_view piece) {
  if (!streaming_) co_return fail(ErrorCode::internal, "A piece was written outside an answer.");
  if (piece.empty()) co_return Result<>{};
  append_piece(piece);
  if (saying_quiet_piece_) co_await quiet_piece_said();
  wrote_ = shard_.looked;
  std::string sending = std::exchange(out_, {});
  std::string_view rest = sending;
  Taken taken = take_at_once(rest);
  if (taken == Taken::some && co_await send(rest)) taken = Taken::all;
  if (taken != Taken::all) co_return client_left();
  // Keeps the memory for the next piece, but not that of the head: thousands of streams wait at once.
  sending.clear();
  if (out_.empty() && sending.capacity() <= most_kept_for_a_piece) out_ = std::move(sending);
  co_return Result<>{};
}

template <class Stream>
Task<> ConnectionOf<Stream>::finish(std::string_view last) {
  if (!streaming_) co_return fail(ErrorCode::internal, "An answer was finished twice.");
  append_piece(last);
  streaming_ = false;
  complete_ = true;
  if (!version_1_0_ && !head_request_) out_ += "0\r\n\r\n";
  co_return Result<>{};
}

template <class Stream>
void ConnectionOf<Stream>::when_quiet(QuietPiece piece) {
  bool may = streaming_ && !head_request_ && limits_.quiet_time.count() > 0;
  quiet_ = may ? std::move(piece) : nullptr;
  wrote_ = shard_.looked;
}

// Beside the handler, which waits for something else than this connection.
template <class Stream>
void ConnectionOf<Stream>::look_at_quiet(SteadyTime now) {
  bool still = streaming_ && quiet_ && phase_ == Phase::handler && out_.empty();
  if (!still || saying_quiet_piece_ || left_ || now - wrote_ < limits_.quiet_time) return;
  std::string piece = quiet_();
  quiet_piece_ = version_1_0_ ? std::move(piece) : std::format("{:x}\r\n{}\r\n", piece.size(), piece);
  saying_quiet_piece_ = true;
  wrote_ = now;
  asio::co_spawn(shard_.io, [self = this->shared_from_this()] { return self->say_quiet_piece(); }, asio::detached);
}

template <class Stream>
asio::awaitable<void> ConnectionOf<Stream>::say_quiet_piece() {
  if (!co_await send(quiet_piece_) && !left_) leave();
  saying_quiet_piece_ = false;
  quiet_piece_ended_.notify();
}

template <class Stream>
asio::awaitable<void> ConnectionOf<Stream>::quiet_piece_said() {
  while (saying_quiet_piece_) (void)co_await quiet_piece_ended_.wait_to_the_end();
}

template <class Stream>
void ConnectionOf<Stream>::start_watch() {
  // Enough pipelined requests are here already: what comes next can wait in the kernel.
  if (watching_ || !handler_runs_ || reader_.body_pending() || reader_.buffered() > limits_.head_bytes) return;
  watching_ = true;
  auto seen = [self = this->shared_from_this()](error_code failure, std::size_t count) {
    self->watching_ = false;
    self->reader_.append({self->watched_.data(), count});
    if (!self->handler_runs_) return self->watch_ended_.notify();
    if (failure) {
      self->keep_alive_ = false;
      self->left_ = true;
      self->task_signal_.emit(asio::cancellation_type::terminal);
    } else {
      self->start_watch();
    }
  };
  stream_.async_read_some(asio::buffer(watched_), asio::bind_cancellation_slot(watch_signal_.slot(), std::move(seen)));
}

template <class Stream>
asio::awaitable<void> ConnectionOf<Stream>::stop_watch() {
  if (!watching_) co_return;
  watch_signal_.emit(asio::cancellation_type::terminal);
  (void)co_await watch_ended_.wait_to_the_end();
}

template <class Stream>
asio::awaitable<void> ConnectionOf<Stream>::run_handler() {
  answered_ = streaming_ = complete_ = false;
  handler_runs_ = true;
  phase_ = Phase::handler;
  deadline_ = no_deadline;
  // Runs only if the handler gives the thread away: what is answered at once needs no watching.
  asio::post(shard_.io, [self = this->weak_from_this()] {
    if (auto connection = self.lock()) connection->start_watch();
  });
  bool failed = false;
  try {
    // Two statements: GCC 16 evaluates temporaries of both sides of ?: when a side awaits.
    Result<> done;
    if (elsewhere_) {
      done = co_await reply(shared_->refusal(*elsewhere_));
    } else {
      done = co_await shared_->handler(*this);
    }
    failed = !done;
  } catch (const std::exception& exception) {
    failed = true;
    log::error("A handler threw.", {{"what", exception.what()}, {"path", request_.path}});
  }
  handler_runs_ = false;
  quiet_ = nullptr;
  co_await quiet_piece_said();
  co_await stop_watch();
  // The handler may have been cancelled, or have shielded itself; the connection goes on with a clean slate.
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  if (failed || !complete_) keep_alive_ = false;
  if (!answered_) {  // it failed without a word: say at least that
    if (!left_) co_await refuse(http_error(ErrorCode::internal, "", "The request was not answered."));
  } else if (!complete_) {
    out_.clear();  // a broken stream ends without its last chunk, so that the client sees the cut
    if (version_1_0_) reset();
  } else if (!out_.empty()) {
    if (!co_await send(out_)) keep_alive_ = false;
    out_.clear();
  }
  if (out_.capacity() > copied_into_one_write) out_.shrink_to_fit();
}

template <class Stream>
asio::awaitable<void> ConnectionOf<Stream>::refuse(const Error& error) {
  keep_alive_ = answered_ = false;
  expired_ = false;
  out_.clear();
  (void)co_await reply(shared_->refusal(error));
  (void)co_await send(out_);
  out_.clear();
}

// A body nobody read stands between this request and the next. A small one is read and thrown away; otherwise the
// connection ends, and the answer says so.
template <class Stream>
bool ConnectionOf<Stream>::body_can_be_discarded() const {
  return !reader_.body_pending() ||
         (!expects_continue_ && reader_.announced_bytes().value_or(0) <= unread_body_tolerated);
}

template <class Stream>
asio::awaitable<bool> ConnectionOf<Stream>::discard_body() {
  if (!body_can_be_discarded()) co_return false;
  enter(Phase::body, limits_.head_time);
  while (reader_.body_pending()) {
    Result<bool> whole = reader_.read_body(unread_body_tolerated);
    if (!whole || (!*whole && co_await read_more())) co_return false;
  }
  co_return true;
}

// Closing with unread data makes the kernel send a reset, which can destroy the answer on its way. So: stop sending,
// read a little of what still comes, then close.
template <class Stream>
asio::awaitable<void> ConnectionOf<Stream>::close_gently() {
  if (!socket().is_open()) co_return;
  enter(Phase::closing, std::chrono::milliseconds(1000));
  if constexpr (std::is_same_v<Stream, Tls>) (void)co_await stream_.async_shutdown(as_values);
  error_code ignored;
  socket().shutdown(Socket::shutdown_send, ignored);
  std::array<char, 4096> thrown_away;
  for (std::size_t sum = 0; sum < 1024 * 1024;) {
    auto [failure, count] = co_await socket().async_read_some(asio::buffer(thrown_away), as_values);
    if (failure) break;
    sum += count;
  }
  close_socket();
}

template <class Stream>
asio::awaitable<void> ConnectionOf<Stream>::serve() {
  auto self = this->shared_from_this();
  co_await asio::this_coro::throw_if_cancelled(false);
  error_code ignored;
  socket().non_blocking(true, ignored);  // for send()
  if constexpr (std::is_same_v<Stream, Tls>) {
    enter(Phase::closing, limits_.head_time);
    auto [failure] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_values);
    if (failure) co_return;
  }
  if (shared_->open.load(std::memory_order_relaxed) > limits_.connections) {
    keep_alive_ = false;
    co_await refuse({.code = ErrorCode::overloaded,
                     .message = "This server has as many connections as it may have. Come back in a moment.",
                     .retry_after = std::chrono::seconds(1)});
    co_return co_await close_gently();
  }
  while (true) {
    if (!co_await read_head()) break;
    co_await run_handler();
    if (!keep_alive_ || shared_->draining) break;
    if (!co_await discard_body()) break;
    reader_.next();
  }
  co_await close_gently();
}

template <class Stream>
void launch(Shard& shard, std::shared_ptr<ConnectionOf<Stream>> connection) {
  auto slot = connection->task_slot();
  asio::co_spawn(
      shard.io, [connection]() { return connection->serve(); },
      asio::bind_cancellation_slot(slot, [connection](std::exception_ptr failure) {
        if (!failure) return;
        try {
          std::rethrow_exception(failure);
        } catch (const std::exception& exception) {
          log::error("A connection ended with an exception.", {{"what", exception.what()}});
        }
      }));
}

}  // namespace

void start_connection(Shard& shard, std::shared_ptr<ServerShared> shared, Socket socket, Peer peer,
                      std::shared_ptr<asio::ssl::context> tls) {
  shared->open.fetch_add(1, std::memory_order_relaxed);
  if (tls && !peer.local_socket) {
    launch(shard, std::make_shared<ConnectionOf<Tls>>(shard, std::move(shared), Tls(std::move(socket), *tls),
                                                      std::move(peer)));
  } else {
    launch(shard, std::make_shared<ConnectionOf<Socket>>(shard, std::move(shared), std::move(socket), std::move(peer)));
  }
}

}  // namespace entente::net
