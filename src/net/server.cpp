#include "net/server.hpp"

#include <format>
#include <mutex>
#include <optional>
#include <thread>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.hpp"
#include "net/connection.hpp"
#include "net/listen_address.hpp"
#include "net/tls.hpp"

namespace entente::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using Local = asio::local::stream_protocol;
using boost::system::error_code;
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr auto sweep_pause = std::chrono::milliseconds(250);

Error cannot_listen(std::string_view where, const error_code& failure) {
  std::string mend =
      failure == asio::error::address_in_use  ? "Another program listens there: stop it, or choose another port."
      : failure == asio::error::access_denied ? "It needs rights this user does not have: choose a port above 1023."
                                              : "Check the address.";
  return {.code = failure == asio::error::address_in_use ? ErrorCode::conflict : ErrorCode::unavailable,
          .message = std::format("Cannot listen on {}: {}. {}", where, failure.message(), mend)};
}

Result<tcp::acceptor> open_tcp(asio::io_context& io, const ListenAddress& address) {
  std::string where = std::format("{}:{}", address.host, address.port);
  tcp::endpoint endpoint(asio::ip::make_address(address.host), address.port);
  tcp::acceptor acceptor(io);
  error_code failure;
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure && endpoint.address().is_v6()) {
    error_code ignored;
    acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()), ignored);
  }
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) acceptor.listen(tcp::acceptor::max_listen_connections, failure);
  if (failure) return fail(cannot_listen(where, failure));
  return acceptor;
}

// A socket file left by a server that was killed is replaced; one that somebody answers on is not.
Result<Local::acceptor> open_local(asio::io_context& io, const std::string& path) {
  Local::endpoint endpoint(path);
  error_code failure;
  Local::socket probe(io);
  probe.connect(endpoint, failure);
  if (!failure) return fail(cannot_listen(path, asio::error::address_in_use));
  struct stat found;
  if (::lstat(path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) {
      return fail(ErrorCode::conflict,
                  std::format("Cannot listen on {}: a file that is no socket is there. Move it away.", path));
    }
    ::unlink(path.c_str());
  }
  Local::acceptor acceptor(io);
  failure = {};
  acceptor.open(endpoint.protocol(), failure);
  if (!failure) acceptor.bind(endpoint, failure);
  if (!failure) ::chmod(path.c_str(), 0660);
  if (!failure) acceptor.listen(Local::acceptor::max_listen_connections, failure);
  if (failure) return fail(cannot_listen(path, failure));
  return acceptor;
}

Peer peer_of(const tcp::socket& socket) {
  error_code failure;
  auto endpoint = socket.remote_endpoint(failure);
  if (failure) return {};
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return {.address = address.to_string(), .local_socket = false};
}

Peer peer_of(const Local::socket&) { return {.address = "unix", .local_socket = true}; }

void set_options(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);  // each piece of a stream leaves at once
}
void set_options(Local::socket&) {}

class ServerImpl final : public Server {
 public:
  explicit ServerImpl(ServerOptions options, Handler handler, Refusal refusal)
      : shared_(std::make_shared<ServerShared>()) {
    shared_->options = std::move(options);
    shared_->handler = std::move(handler);
    shared_->refusal = std::move(refusal);
  }

  ~ServerImpl() override { drain(std::chrono::milliseconds(0)); }

  Result<> open() {
    const ServerOptions& options = shared_->options;
    TRY_ASSIGN(shared_->trusted, TrustedProxies::parse(options.trusted_proxies));
    if (options.tls) {
      TRY_ASSIGN(tls_, load_tls(*options.tls));
    }
    unsigned threads = options.threads ? options.threads : std::max(1U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < threads; ++i) shards_.push_back(std::make_unique<Shard>());
    asio::io_context& io = shards_.front()->io;
    for (std::uint32_t number = 0; number < options.listen.size(); ++number) {
      TRY_ASSIGN(ListenAddress address, parse_listen_address(options.listen[number]));
      if (address.socket_path.empty()) {
        TRY_ASSIGN(tcp::acceptor acceptor, open_tcp(io, address));
        auto endpoint = acceptor.local_endpoint();
        std::string host = endpoint.address().is_v6() ? std::format("[{}]", endpoint.address().to_string())
                                                      : endpoint.address().to_string();
        addresses_.push_back(
            std::format("{}://{}:{}{}", options.tls ? "https" : "http", host, endpoint.port(), options.base_path));
        tcp_.push_back({number, std::move(acceptor)});
      } else {
        TRY_ASSIGN(Local::acceptor acceptor, open_local(io, address.socket_path));
        addresses_.push_back("unix:" + address.socket_path);
        socket_paths_.push_back(address.socket_path);
        local_.push_back({number, std::move(acceptor)});
      }
    }
    return {};
  }

  void run() {
    for (auto& shard : shards_) {
      asio::co_spawn(shard->io, sweep(*shard), asio::detached);
      threads_.emplace_back([&shard = *shard] { shard.io.run(); });
    }
    asio::io_context& io = shards_.front()->io;
    for (auto& listener : tcp_) asio::co_spawn(io, accept(listener), asio::detached);
    for (auto& listener : local_) asio::co_spawn(io, accept(listener), asio::detached);
  }

  std::vector<std::string> addresses() const override { return addresses_; }
  std::uint64_t open_connections() const override { return shared_->open.load(std::memory_order_relaxed); }

  Result<> reload_certificates() override {
    if (!shared_->options.tls) return {};
    TRY_ASSIGN(auto fresh, load_tls(*shared_->options.tls));
    std::lock_guard lock(tls_mutex_);
    tls_ = std::move(fresh);
    return {};
  }

  void drain(std::chrono::milliseconds limit) override {
    if (threads_.empty()) return;
    shared_->draining = true;
    asio::post(shards_.front()->io, [this] { close_acceptors(); });
    on_every_connection(&Connection::begin_drain);
    auto end = std::chrono::steady_clock::now() + limit;
    while (open_connections() > 0 && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    // The rest is cut; each still settles. Asked again and again, because a connection may just have been accepted.
    while (open_connections() > 0) {
      on_every_connection(&Connection::cut);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    for (auto& shard : shards_) shard->io.stop();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    close_acceptors();  // where a thread ended before it did
    for (const std::string& path : socket_paths_) ::unlink(path.c_str());
  }

 private:
  void close_acceptors() {
    error_code ignored;
    for (auto& listener : tcp_) listener.acceptor.close(ignored);
    for (auto& listener : local_) listener.acceptor.close(ignored);
  }

  void on_every_connection(void (Connection::*act)()) {
    for (auto& shard : shards_) {
      asio::post(shard->io, [&shard = *shard, act] {
        auto all = shard.connections;  // acting may close one, which leaves the set
        for (Connection* connection : all) {
          if (shard.connections.contains(connection)) (connection->*act)();
        }
      });
    }
  }

  // Four times a second: whose time is over?
  asio::awaitable<void> sweep(Shard& shard) {
    asio::steady_timer timer(shard.io);
    std::chrono::sys_seconds shown{};
    while (true) {
      auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      if (second != std::exchange(shown, second)) shard.date = std::format("{:%a, %d %b %Y %H:%M:%S} GMT", second);
      auto now = shard.looked = std::chrono::steady_clock::now();
      auto all = shard.connections;
      for (Connection* connection : all) {
        if (shard.connections.contains(connection)) connection->look_at_deadline(now);
      }
      timer.expires_after(sweep_pause);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  template <class Acceptor>
  struct Listener {
    std::uint32_t number = 0;  // in ServerOptions::listen
    Acceptor acceptor;
  };

  template <class Acceptor>
  asio::awaitable<void> accept(Listener<Acceptor>& listener) {
    Acceptor& acceptor = listener.acceptor;
    while (acceptor.is_open()) {
      Shard& shard = *shards_[next_shard_++ % shards_.size()];
      auto [failure, socket] =
          co_await acceptor.async_accept(asio::any_io_executor(shard.io.get_executor()), as_values);
      if (shared_->draining) co_return;
      if (failure) {
        // Out of file descriptors, most likely: waiting lets others end, spinning would not.
        log::warning("A connection could not be accepted.", {{"error", failure.message()}});
        asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(100));
        (void)co_await pause.async_wait(as_values);
        continue;
      }
      set_options(socket);
      Peer peer = peer_of(socket);
      peer.listener = listener.number;
      std::shared_ptr<ssl::context> tls;
      {
        std::lock_guard lock(tls_mutex_);
        tls = tls_;
      }
      asio::post(shard.io, [&shard, shared = shared_, socket = Socket(std::move(socket)), peer = std::move(peer),
                            tls = std::move(tls)]() mutable {
        start_connection(shard, std::move(shared), std::move(socket), std::move(peer), std::move(tls));
      });
    }
  }

  std::shared_ptr<ServerShared> shared_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Listener<tcp::acceptor>> tcp_;
  std::vector<Listener<Local::acceptor>> local_;
  std::vector<std::string> addresses_, socket_paths_;
  std::mutex tls_mutex_;
  std::shared_ptr<ssl::context> tls_;  // guarded by tls_mutex_
  std::size_t next_shard_ = 0;         // the accepting thread's
  std::vector<std::thread> threads_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler, Refusal refusal) {
  auto server = std::make_unique<ServerImpl>(std::move(options), std::move(handler), std::move(refusal));
  TRY(server->open());
  server->run();
  return server;
}

Result<> can_listen(const std::string& text) {
  TRY_ASSIGN(ListenAddress address, parse_listen_address(text));
  asio::io_context io;
  if (address.socket_path.empty()) {
    TRY_ASSIGN(tcp::acceptor free, open_tcp(io, address));
    return {};
  }
  Local::socket probe(io);
  error_code failure;
  probe.connect(Local::endpoint(address.socket_path), failure);
  if (!failure) return fail(cannot_listen(address.socket_path, asio::error::address_in_use));
  return {};
}

}  // namespace entente::net
