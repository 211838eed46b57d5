#include "net/line.hpp"

#include <array>
#include <format>

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

namespace entente::net {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using Tls = ssl::stream<tcp::socket>;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

// Cancels a socket's operations when a deadline has passed. Held by shared_ptr: a timer's handler may run once more
// after whoever set it is gone.
class Deadline : public std::enable_shared_from_this<Deadline> {
 public:
  explicit Deadline(tcp::socket& socket) : timer_(socket.get_executor()), socket_(&socket) {}

  void begin(SteadyTime until) {
    until_ = until;
    passed_ = false;
    if (armed_for_ > until) arm();
  }
  void end() { until_ = SteadyTime::max(); }
  bool passed() const { return passed_; }
  void rest() {
    end();
    armed_for_ = SteadyTime::max();
    timer_.cancel();
  }
  void forget() {
    rest();
    socket_ = nullptr;
  }

 private:
  void arm() {
    if (until_ == SteadyTime::max()) return;
    armed_for_ = until_;
    timer_.expires_at(until_);
    timer_.async_wait([weak = weak_from_this(), expected = until_](const error_code& cancelled) {
      auto self = weak.lock();
      if (cancelled || !self || !self->socket_ || self->armed_for_ != expected) return;
      self->armed_for_ = SteadyTime::max();
      if (self->until_ > std::chrono::steady_clock::now()) return self->arm();
      self->passed_ = true;
      self->until_ = SteadyTime::max();
      error_code ignored;
      self->socket_->cancel(ignored);
    });
  }

  asio::steady_timer timer_;
  tcp::socket* socket_;
  SteadyTime until_ = SteadyTime::max(), armed_for_ = SteadyTime::max();
  bool passed_ = false;
};

template <class Stream>
class LineOver final : public Line {
 public:
  LineOver(Stream stream, const std::string& host, std::shared_ptr<ssl::context> context,
           std::shared_ptr<TlsSession> session)
      : context_(std::move(context)),
        session_(std::move(session)),
        stream_(std::move(stream)),
        deadline_(std::make_shared<Deadline>(socket())) {
    error_code ignored;
    socket().non_blocking(true, ignored);  // for write()
    PeerIdentity who{.name = host};
    if (auto end = socket().remote_endpoint(ignored); !ignored) {
      std::string address = end.address().to_string();
      who.address = std::format("{}:{}", end.address().is_v6() ? "[" + address + "]" : address, end.port());
    }
    peer_ = std::make_shared<const PeerIdentity>(std::move(who));
  }
  ~LineOver() override {
    deadline_->forget();
    if constexpr (std::is_same_v<Stream, Tls>) {
      // A connection that ends without a goodbye would take its session with it, which is still good.
      if (secure_) SSL_set_shutdown(stream_.native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
  }

  asio::awaitable<Moved> read(std::span<char> into, SteadyTime until) override {
    deadline_->begin(until);
    auto [failure, count] = co_await stream_.async_read_some(asio::buffer(into.data(), into.size()), as_values);
    deadline_->end();
    co_return Moved{failure, count, !deadline_->passed()};
  }

  asio::awaitable<Moved> write(std::string_view head, std::string_view body, SteadyTime until) override {
    std::size_t taken = 0;
    if constexpr (std::is_same_v<Stream, tcp::socket>) {
      // Mostly the kernel takes all of it at once; what fails here fails again below.
      error_code failure;
      taken = stream_.write_some(asio::buffer(head), failure);
      if (failure) taken = 0;
      if (body.empty() && taken == head.size()) co_return Moved{{}, taken, true};
      head.remove_prefix(taken);
    }
    deadline_->begin(until);
    std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    auto [failure, count] = co_await asio::async_write(stream_, both, asio::transfer_all(), as_values);
    deadline_->end();
    co_return Moved{failure, taken + count, !deadline_->passed()};
  }

  void rest() override { deadline_->rest(); }

  // Bytes that nobody asked for mean the end of TLS or a confused peer: such a line is not used again.
  bool still_open() override {
    char byte;
    ssize_t count = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  asio::awaitable<Result<>> shake_hands(const std::string& host, std::chrono::milliseconds limit) {
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address) SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    stream_.set_verify_callback(ssl::host_name_verification(host));
    remember_sessions_in(stream_.native_handle(), *session_);
    if (session_->get()) SSL_set_session(stream_.native_handle(), session_->get());
    auto [failure] = co_await stream_.async_handshake(ssl::stream_base::client, within(limit));
    if (failure) {
      Error error = co_await describe(failure, host);
      if (error.code == ErrorCode::upstream_failed) {
        error.reason = "tls_failed";
        long verdict = SSL_get_verify_result(stream_.native_handle());
        if (verdict != X509_V_OK)
          error.message =
              std::format("The certificate of {} is not trusted: {}.", host, X509_verify_cert_error_string(verdict));
      }
      co_return fail(std::move(error));
    }
    PeerIdentity who = *peer_;
    add_identity(stream_.native_handle(), who);
    peer_ = std::make_shared<const PeerIdentity>(std::move(who));
    secure_ = true;
    co_return Result<>{};
  }

  std::shared_ptr<const PeerIdentity> peer() const override { return peer_; }

 private:
  tcp::socket& socket() {
    if constexpr (std::is_same_v<Stream, Tls>) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  std::shared_ptr<ssl::context> context_;  // these two outlive the stream
  std::shared_ptr<TlsSession> session_;
  Stream stream_;
  std::shared_ptr<Deadline> deadline_;
  std::shared_ptr<const PeerIdentity> peer_;
  bool secure_ = false;
};

Error not_connected(Error error) {
  if (error.code == ErrorCode::upstream_failed && error.reason.empty()) error.reason = "connect_failed";
  if (error.code == ErrorCode::timeout) error.reason = "connect_timeout";
  return error;
}

}  // namespace

Task<std::unique_ptr<Line>> open_line(const Url& url, std::shared_ptr<ssl::context> tls,
                                      std::shared_ptr<TlsSession> session, std::chrono::milliseconds limit) {
  std::optional<std::string> proxy = proxy_for(url);
  Url first = url;
  if (proxy) {
    CO_TRY_ASSIGN(first, parse_url(*proxy));
  }
  auto connected = co_await connect_to(first, limit, false);
  if (!connected) co_return fail(not_connected(std::move(connected.error())));
  if (!url.tls) co_return std::make_unique<LineOver<tcp::socket>>(std::move(*connected), url.host, nullptr, nullptr);
  if (proxy) {
    Result<> tunnel = co_await open_tunnel(*connected, url, limit);
    if (!tunnel) co_return fail(not_connected(std::move(tunnel.error())));
  }
  ssl::context& context = *tls;
  auto line = std::make_unique<LineOver<Tls>>(Tls(std::move(*connected), context), url.host, std::move(tls),
                                              std::move(session));
  Result<> secure = co_await line->shake_hands(url.host, limit);
  if (!secure) co_return fail(not_connected(std::move(secure.error())));
  co_return line;
}

asio::execution_context::id IdleLines::id;

void IdleLines::close_old(SteadyTime now) {
  if (now - looked_ < std::chrono::seconds(5)) return;
  looked_ = now;
  for (auto& [upstream, of] : all_) {
    std::erase_if(of.lines, [&](const auto& line) { return now - line->rests_since > of.idle_time; });
  }
}

}  // namespace entente::net
