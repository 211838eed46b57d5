// For the tests of this room: a server on any kind of socket whose handler does what the path says, and what it saw of
// it. Each test program file names its own kinds: ServerTest takes them as its parameter.
#pragma once

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/notifier.hpp"
#include "base/test_folder.hpp"
#include "net/server.hpp"
#include "net/test_socket.hpp"

namespace entente::net {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Waits for what another thread is about to do.
inline bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 4000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

inline void make_certificate(const fs::path& folder, const std::string& name) {
  std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " +
      (folder / "tls.key").string() + " -out " + (folder / "tls.crt").string() + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
}

// What the handler below did, and what it waits for.
struct Seen {
  std::atomic<int> started = 0, cancelled = 0, settled = 0;
  std::shared_ptr<Notifier> gate = std::make_shared<Notifier>(), commit = std::make_shared<Notifier>();
};

inline Task<> answer(Exchange& exchange, std::shared_ptr<Seen> seen) {
  const Request& request = exchange.request();
  if (request.path == "/echo") {
    CO_TRY_ASSIGN(std::string body, co_await exchange.read_body());
    co_return co_await exchange.reply({.body = request.method + " " + body});
  }
  if (request.path == "/whom") {
    co_return co_await exchange.reply({.body = request.client + (request.secure ? " secure" : "")});
  }
  if (request.path == "/large") co_return co_await exchange.reply({.body = std::string(8'000'000, 'x')});
  if (request.path == "/nothing") co_return co_await exchange.reply({.status = 204, .body = {}});
  if (request.path == "/silent") co_return Result<>{};
  if (request.path == "/throw") throw std::runtime_error("on purpose");
  if (request.path == "/injected") {
    co_return co_await exchange.reply({.headers = {{"x-value", "a\r\nx-other: b"}}, .body = {}});
  }
  if (request.path == "/stream" || request.path == "/cut") {
    CO_TRY(co_await exchange.begin(200, {{"content-type", "text/plain"}}));
    for (auto* piece : {"one ", "two ", "three"}) CO_TRY(co_await exchange.write(piece));
    if (request.path == "/cut") co_return fail(ErrorCode::upstream_failed, "It broke.");
    co_return co_await exchange.finish();
  }
  if (request.path == "/quiet") {  // until the gate is opened
    CO_TRY(co_await exchange.begin(200, {}));
    exchange.when_quiet([] { return ": still here\n"; });
    CO_TRY(co_await exchange.write("one "));
    ++seen->started;
    CO_TRY(co_await seen->gate->wait());
    CO_TRY(co_await exchange.write("two"));
    co_return co_await exchange.finish();
  }
  if (request.path == "/pour") {  // until nobody takes any more
    CO_TRY(co_await exchange.begin(200, {}));
    std::string piece(64 * 1024, 'x');
    Result<> taken;
    while (taken) taken = co_await exchange.write(piece);
    if (taken.error().code == ErrorCode::cancelled) ++seen->cancelled;
    co_return taken;
  }
  if (request.path == "/wait") {
    ++seen->started;
    if (Result<> opened = co_await seen->gate->wait(); !opened) {
      ++seen->cancelled;
      co_await shield();
      (void)co_await seen->commit->wait();
      ++seen->settled;
      co_return opened;
    }
    co_return co_await exchange.reply({.body = "waited"});
  }
  co_return co_await exchange.reply({.body = "hello"});
}

inline Response refuse(const Error& error) {
  unsigned status = error.reason == "headers_too_large"   ? 431
                    : error.reason == "request_timeout"   ? 408
                    : error.code == ErrorCode::too_large  ? 413
                    : error.code == ErrorCode::not_found  ? 404
                    : error.code == ErrorCode::overloaded ? 503
                    : error.code == ErrorCode::internal   ? 500
                                                          : 400;
  return {.status = status, .body = error.message};
}

enum class Kind { plain, tls, local };

class ServerTest : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::tls) make_certificate(folder_, "first");
  }

  ServerOptions options(Limits limits = {}) const {
    ServerOptions out{.listen = {"127.0.0.1:0"}, .limits = limits, .threads = 1};
    if (GetParam() == Kind::tls) out.tls = TlsFiles{folder_ / "tls.crt", folder_ / "tls.key"};
    if (GetParam() == Kind::local) out.listen = {"unix:" + (folder_ / "s").string()};
    return out;
  }

  void start(ServerOptions options) {
    auto handler = [seen = seen_](Exchange& exchange) -> Task<> {
      // What a handler that fails without a word owes the client is its business, but for /cut and /wait.
      Result<> done = co_await answer(exchange, seen);
      if (!done && !exchange.begun() && done.error().code != ErrorCode::cancelled) {
        co_return co_await exchange.reply(refuse(done.error()));
      }
      co_return done;
    };
    auto started = Server::start(std::move(options), std::move(handler), &refuse);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
    address_ = server_->addresses().front();
  }

  std::string get(std::string_view path, std::string_view headers = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n";
  }
  std::string post(std::string_view path, std::string_view body, std::string_view headers = "") {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }

  TestFolder own_;
  const fs::path& folder_ = own_.path();
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
  std::unique_ptr<Server> server_;
  std::string address_;
};

}  // namespace entente::net
