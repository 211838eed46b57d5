// The server on real sockets: plain, with TLS, and on a Unix socket.
#include "net/server.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/notifier.hpp"
#include "net/test_socket.hpp"

namespace entente::net {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Waits for what another thread is about to do.
bool eventually(const std::function<bool()>& is_so) {
  for (int i = 0; i < 4000; ++i) {
    if (is_so()) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

void make_certificate(const fs::path& folder, const std::string& name) {
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

Task<> answer(Exchange& exchange, std::shared_ptr<Seen> seen) {
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

Response refuse(const Error& error) {
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
    std::string name = fs::temp_directory_path() / "entente-net-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    if (GetParam() == Kind::tls) make_certificate(folder_, "first");
  }
  void TearDown() override {
    server_.reset();
    fs::remove_all(folder_);
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

  fs::path folder_;
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
  std::unique_ptr<Server> server_;
  std::string address_;
};

INSTANTIATE_TEST_SUITE_P(On, ServerTest, testing::Values(Kind::plain, Kind::tls, Kind::local), [](const auto& info) {
  return info.param == Kind::plain ? "Tcp" : info.param == Kind::tls ? "Tls" : "UnixSocket";
});

TEST_P(ServerTest, KeepsAConnectionForManyRequests) {
  start(options());
  TestSocket client(address_);
  for (int i = 0; i < 50; ++i) {
    client.send(i % 2 ? get("/") : post("/echo", "n" + std::to_string(i)));
    auto answer = client.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, i % 2 ? "hello" : "POST n" + std::to_string(i));
  }
  EXPECT_EQ(server_->open_connections(), 1u);
  client.send(get("/", "Connection: close\r\n"));
  EXPECT_TRUE(client.answer().head.contains("connection: close\r\n"));
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(eventually([&] { return server_->open_connections() == 0; }));
}

TEST_P(ServerTest, AnswersPipelinedRequestsInOrder) {
  start(options());
  TestSocket client(address_);
  std::string all;
  for (int i = 0; i < 200; ++i) all += post("/echo", std::to_string(i));
  client.send(all + get("/stream") + get("/"));
  for (int i = 0; i < 200; ++i) ASSERT_EQ(client.answer().body, "POST " + std::to_string(i));
  EXPECT_EQ(client.answer().body, "one two three");
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_P(ServerTest, ReadsARequestByteByByte) {
  start(options());
  TestSocket client(address_);
  for (char byte : post("/echo", "slowly")) client.send({&byte, 1});
  EXPECT_EQ(client.answer().body, "POST slowly");
}

TEST_P(ServerTest, ReadsChunkedBodies) {
  start(options());
  TestSocket client(address_);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  client.send("6\r\n world\r\n0\r\n\r\n" + get("/"));
  EXPECT_EQ(client.answer().body, "POST hello world");
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_P(ServerTest, StreamsInChunksAndShowsACut) {
  start(options());
  TestSocket client(address_);
  client.send(get("/stream"));
  auto whole = client.answer();
  EXPECT_TRUE(whole.whole && whole.head.contains("transfer-encoding: chunked\r\n")) << whole.head;
  EXPECT_EQ(whole.body, "one two three");
  client.send(get("/cut"));
  auto cut = client.answer();
  EXPECT_EQ(cut.status, 200);
  EXPECT_FALSE(cut.whole);
  EXPECT_EQ(cut.body, "one two three");
}

TEST_P(ServerTest, SendsALargeAnswerWhole) {
  start(options());
  TestSocket client(address_);
  client.send(get("/large"));
  EXPECT_EQ(client.answer().body.size(), 8'000'000u);
  client.send(get("/"));
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_P(ServerTest, AClientThatLeavesCancelsItsHandlerWhichMaySettle) {
  start(options());
  TestSocket client(address_);
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return seen_->started == 1; }));
  client.close();
  ASSERT_TRUE(eventually([&] { return seen_->cancelled == 1; }));
  EXPECT_EQ(seen_->settled, 0);
  EXPECT_EQ(server_->open_connections(), 1u) << "it lives until the handler has settled";
  seen_->commit->notify();
  EXPECT_TRUE(eventually([&] { return seen_->settled == 1 && server_->open_connections() == 0; }));
}

TEST_P(ServerTest, WhoHalfClosesHasLeftAndHearsNothing) {
  start(options());
  TestSocket client(address_);
  seen_->commit->notify();
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return seen_->started == 1; }));
  client.close_writing();
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(seen_->cancelled, 1);
}

TEST_P(ServerTest, TheNextRequestDoesNotLookLikeLeaving) {
  start(options());
  TestSocket client(address_);
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return seen_->started == 1; }));
  client.send(post("/echo", std::string(10'000, 'x')) + get("/"));
  seen_->gate->notify();
  EXPECT_EQ(client.answer().body, "waited");
  EXPECT_EQ(client.answer().body.size(), 10'005u);
  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_EQ(seen_->cancelled, 0);
}

TEST_P(ServerTest, DrainLetsRunningAnswersEndAndClosesIdleConnections) {
  start(options());
  TestSocket idle(address_), busy(address_);
  idle.send(get("/"));
  EXPECT_EQ(idle.answer().status, 200);
  busy.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return seen_->started == 1; }));
  auto drained = std::async(std::launch::async, [&] { server_->drain(20s); });
  EXPECT_TRUE(idle.ended());
  seen_->gate->notify();
  auto answer = busy.answer();
  EXPECT_EQ(answer.body, "waited");
  EXPECT_TRUE(answer.head.contains("connection: close\r\n"));
  drained.get();
  EXPECT_EQ(server_->open_connections(), 0u);
}

TEST_P(ServerTest, DrainCutsWhatIsNotDoneInTimeAndWaitsForItToSettle) {
  start(options());
  TestSocket client(address_);
  client.send(get("/wait"));
  ASSERT_TRUE(eventually([&] { return seen_->started == 1; }));
  auto drained = std::async(std::launch::async, [&] { server_->drain(0s); });
  ASSERT_TRUE(eventually([&] { return seen_->cancelled == 1; }));
  EXPECT_EQ(drained.wait_for(0s), std::future_status::timeout);
  seen_->commit->notify();
  drained.get();
  EXPECT_EQ(seen_->settled, 1);
  EXPECT_TRUE(client.ended());
}

TEST_P(ServerTest, ASlowReaderIsCut) {
  start(options({.write_time = 300ms}));
  TestSocket client(address_, 4096);
  client.send(get("/pour"));
  EXPECT_TRUE(eventually([&] { return seen_->cancelled == 1 && server_->open_connections() == 0; }));
}

TEST_P(ServerTest, HalfSentRequestsDelayNobody) {
  start(options());
  std::vector<std::unique_ptr<TestSocket>> half;
  for (int i = 0; i < 64; ++i) {
    half.push_back(std::make_unique<TestSocket>(address_));
    half.back()->send(i % 2 ? "GET / HTTP/1.1\r\nHost: loc"
                            : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nha");
  }
  TestSocket client(address_);
  for (int i = 0; i < 100; ++i) {
    client.send(get("/"));
    ASSERT_EQ(client.answer().body, "hello");
  }
  half[1]->send("alhost\r\n\r\n");
  EXPECT_EQ(half[1]->answer().body, "hello") << "and they may still be completed";
  half[0]->send("lf-sent");
  EXPECT_EQ(half[0]->answer().body, "POST half-sent");
}

TEST_P(ServerTest, WhatComesTooSlowlyGets408) {
  start(options({.head_time = 300ms, .body_time = 300ms}));
  TestSocket head(address_), body(address_);
  head.send("GET / HTTP/1.1\r\nHost:");
  body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nha");
  for (TestSocket* client : {&head, &body}) {
    auto answer = client->answer();
    EXPECT_EQ(answer.status, 408) << answer.body;
    EXPECT_TRUE(answer.head.contains("connection: close\r\n"));
    EXPECT_TRUE(client->ended());
  }
}

TEST_P(ServerTest, AnIdleConnectionIsClosedAfterItsTime) {
  start(options({.idle_time = 300ms}));
  TestSocket used(address_), fresh(address_);
  used.send(get("/"));
  EXPECT_EQ(used.answer().status, 200);
  EXPECT_TRUE(used.ended());
  EXPECT_TRUE(fresh.ended()) << "one that never asked anything, too";
  EXPECT_TRUE(eventually([&] { return server_->open_connections() == 0; }));
}

TEST_P(ServerTest, ConnectionsBeyondTheLimitAreAnswered503) {
  start(options({.connections = 2}));
  TestSocket first(address_), second(address_);
  for (TestSocket* client : {&first, &second}) {
    client->send(get("/"));
    EXPECT_EQ(client->answer().status, 200);
  }
  TestSocket third(address_);
  EXPECT_EQ(third.answer().status, 503);
  EXPECT_TRUE(third.ended());
  first.close();
  ASSERT_TRUE(eventually([&] { return server_->open_connections() == 1; }));
  TestSocket fourth(address_);
  fourth.send(get("/"));
  EXPECT_EQ(fourth.answer().status, 200);
}

// What follows does not depend on what carries the bytes.
class PlainServer : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(On, PlainServer, testing::Values(Kind::plain), [](const auto&) { return "Tcp"; });

TEST_P(PlainServer, RefusesWhatIsTooLarge) {
  start(options({.head_bytes = 1024, .body_bytes = 100}));
  TestSocket head(address_), announced(address_), chunked(address_);
  head.send(get("/", "X: " + std::string(1100, 'x') + "\r\n"));
  EXPECT_EQ(head.answer().status, 431);
  EXPECT_TRUE(head.ended());
  announced.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n");
  EXPECT_EQ(announced.answer().status, 413);
  EXPECT_TRUE(announced.ended());
  chunked.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') +
               "\r\n40\r\n");
  EXPECT_EQ(chunked.answer().status, 413);
  EXPECT_TRUE(chunked.ended());
}

TEST_P(PlainServer, TheAnswerToATooLargeBodyIsNotLostToAReset) {
  start(options({.body_bytes = 1000}));
  TestSocket client(address_);
  client.send(post("/echo", std::string(500'000, 'x')));  // all of it is sent before the answer is read
  EXPECT_EQ(client.answer().status, 413);
}

TEST_P(PlainServer, ARefusedHeadEndsTheConnection) {
  start(options());
  for (std::string_view head :
       {"GET / HTTP/1.1\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n", "\x16\x03\x01\x02",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"}) {
    TestSocket client(address_);
    client.send(head);
    client.send(std::string_view("\0", 1));
    auto answer = client.answer();
    EXPECT_EQ(answer.status, 400) << head;
    EXPECT_TRUE(client.ended());
  }
}

TEST_P(PlainServer, AnUnreadBodyDoesNotBecomeTheNextRequest) {
  start(options());
  TestSocket small(address_), large(address_), expecting(address_);
  small.send(post("/", "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n") + get("/whom"));
  EXPECT_EQ(small.answer().body, "hello");
  EXPECT_EQ(small.answer().body, "127.0.0.1");
  large.send(post("/", std::string(200'000, 'x')));
  EXPECT_TRUE(large.answer().head.contains("connection: close\r\n"));
  EXPECT_TRUE(large.ended());
  expecting.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_TRUE(expecting.answer().head.contains("connection: close\r\n")) << "the body may or may not follow";
}

TEST_P(PlainServer, ABodyIsAskedForWithContinueOnlyWhenSomebodyReadsIt) {
  start(options({.body_bytes = 100}));
  TestSocket client(address_);
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  client.send("hello");
  EXPECT_EQ(client.answer().body, "POST hello");
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413) << "it would be too large: it need not come at all";
}

TEST_P(PlainServer, AHeadRequestGetsTheHeadAlone) {
  start(options());
  TestSocket client(address_);
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + get("/"));
  auto plain = client.answer(true);
  EXPECT_TRUE(plain.head.contains("content-length: 5\r\n")) << plain.head;
  EXPECT_TRUE(client.answer(true).head.contains("transfer-encoding: chunked\r\n"));
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_P(PlainServer, ARefusalAfterAHeadRequestHasItsBody) {
  start(options());
  TestSocket client(address_);
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.answer(true).status, 200);
  EXPECT_EQ(client.answer().body, "Exactly one Host header must come.");
}

TEST_P(PlainServer, A204HasNeitherBodyNorLength) {
  start(options());
  TestSocket client(address_);
  client.send(get("/nothing") + get("/"));
  EXPECT_FALSE(client.answer().head.contains("content-length"));
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_P(PlainServer, SpeaksHttp10WithThoseWhoDo) {
  start(options());
  TestSocket once(address_), kept(address_), stream(address_), cut(address_);
  once.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(once.answer().body, "hello");
  EXPECT_TRUE(once.ended());
  kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(kept.answer().head.contains("connection: keep-alive\r\n"));
  EXPECT_EQ(kept.answer().body, "hello");
  stream.send("GET /stream HTTP/1.0\r\n\r\n");
  auto streamed = stream.answer();
  EXPECT_FALSE(streamed.head.contains("transfer-encoding"));
  EXPECT_EQ(streamed.body, "one two three");
}

TEST_P(PlainServer, AHandlerThatFailsWithoutAWordGetsA500) {
  start(options());
  for (auto* path : {"/silent", "/throw"}) {
    TestSocket client(address_);
    client.send(get(path));
    EXPECT_EQ(client.answer().status, 500) << path;
    EXPECT_TRUE(client.ended());
  }
}

TEST_P(PlainServer, AHeaderValueCannotBecomeAnotherHeader) {
  start(options());
  TestSocket client(address_);
  client.send(get("/injected"));
  EXPECT_FALSE(client.answer().head.contains("\r\nx-other"));
}

TEST_P(PlainServer, EveryAnswerCarriesTheDate) {
  start(options());
  TestSocket client(address_);
  client.send(get("/"));
  EXPECT_TRUE(client.answer().head.contains(" GMT\r\n"));
}

TEST_P(PlainServer, LivesUnderABasePath) {
  ServerOptions under = options();
  under.base_path = "/entente";
  start(std::move(under));
  EXPECT_TRUE(address_.ends_with("/entente"));
  TestSocket client(address_.substr(0, address_.rfind('/')));
  client.send(get("/entente/whom") + get("/whom") + get("/entente"));
  EXPECT_EQ(client.answer().body, "127.0.0.1");
  EXPECT_EQ(client.answer().status, 404);
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_P(PlainServer, BelievesTrustedProxiesOnly) {
  const std::string forwarded = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
  start(options());
  {
    TestSocket client(address_);
    client.send(get("/whom", forwarded));
    EXPECT_EQ(client.answer().body, "127.0.0.1");
  }
  ServerOptions trusting = options();
  trusting.trusted_proxies = {"127.0.0.0/8"};
  start(std::move(trusting));
  TestSocket client(address_);
  client.send(get("/whom", forwarded));
  EXPECT_EQ(client.answer().body, "203.0.113.9 secure");
}

TEST_P(PlainServer, AnAddressInUseIsOneClearSentence) {
  start(options());
  ServerOptions same = options();
  same.listen = {address_.substr(7)};
  auto second = Server::start(std::move(same), [](Exchange&) -> Task<> { co_return Result<>{}; }, &refuse);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("Another program listens there"), std::string::npos);
}

TEST_P(PlainServer, EverySettingIsCheckedBeforeAnythingListens) {
  auto message = [&](auto change) {
    ServerOptions wrong = options();
    change(wrong);
    auto started = Server::start(std::move(wrong), [](Exchange&) -> Task<> { co_return Result<>{}; }, &refuse);
    return started ? "started" : started.error().message;
  };
  EXPECT_NE(message([](auto& o) { o.listen = {"nowhere"}; }).find("'nowhere'"), std::string::npos);
  EXPECT_NE(message([](auto& o) { o.trusted_proxies = {"all"}; }).find("'all'"), std::string::npos);
  EXPECT_NE(message([&](auto& o) { o.tls = TlsFiles{folder_ / "no.crt", folder_ / "no.key"}; }).find("no.crt"),
            std::string::npos);
}

class LocalServer : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(On, LocalServer, testing::Values(Kind::local), [](const auto&) { return "UnixSocket"; });

// Reading steadily, but for longer in all than the time a client may take nothing. Here, because a Unix socket's buffer
// is small: each part that is read lets the server write on.
TEST_P(LocalServer, ASlowLinkIsNotASlowReader) {
  start(options({.write_time = 1s}));
  TestSocket client(address_);
  client.send(get("/large", "Connection: close\r\n"));
  std::size_t sum = 0;
  for (std::string piece = client.read(40'000); !piece.empty(); piece = client.read(40'000)) {
    sum += piece.size();
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_GT(sum, 8'000'000u);
}

TEST_P(LocalServer, TheSocketIsForItsOwnerAndGroup) {
  start(options());
  struct stat found;
  ASSERT_EQ(stat((folder_ / "s").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
  TestSocket client(address_);
  client.send(get("/whom"));
  EXPECT_EQ(client.answer().body, "unix");
  server_->drain(0s);
  EXPECT_FALSE(fs::exists(folder_ / "s"));
}

TEST_P(LocalServer, ASocketThatAKilledServerLeftIsReplacedAndALiveOneIsNot) {
  fs::path left = folder_ / "left";
  {
    ServerOptions options = this->options();
    options.listen = {"unix:" + left.string()};
    start(std::move(options));
    fs::create_hard_link(left, folder_ / "kept");  // what a kill leaves behind
    server_->drain(0s);
    fs::rename(folder_ / "kept", left);
  }
  ServerOptions again = options();
  again.listen = {"unix:" + left.string()};
  start(again);
  auto second = Server::start(again, [](Exchange&) -> Task<> { co_return Result<>{}; }, &refuse);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  TestSocket client(address_);
  client.send(get("/"));
  EXPECT_EQ(client.answer().body, "hello");
}

TEST_P(LocalServer, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(folder_ / "s") << "precious";
  auto started = Server::start(options(), [](Exchange&) -> Task<> { co_return Result<>{}; }, &refuse);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::conflict);
  EXPECT_EQ(fs::file_size(folder_ / "s"), 8u);
}

class TlsServer : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(On, TlsServer, testing::Values(Kind::tls), [](const auto&) { return "Tls"; });

TEST_P(TlsServer, NewCertificatesServeNewConnectionsAndOldOnesGoOn) {
  start(options());
  TestSocket before(address_);
  EXPECT_EQ(before.certificate_name(), "first");
  make_certificate(folder_, "second");
  ASSERT_TRUE(server_->reload_certificates());
  TestSocket after(address_);
  EXPECT_EQ(after.certificate_name(), "second");
  for (TestSocket* client : {&before, &after}) {
    client->send(get("/whom"));
    EXPECT_EQ(client->answer().body, "127.0.0.1 secure");
  }
}

TEST_P(TlsServer, ACertificateThatCannotBeUsedLeavesTheOldOne) {
  start(options());
  fs::path key = folder_ / "tls.key";
  std::ofstream(folder_ / "tls.crt") << "not a certificate";
  auto reloaded = server_->reload_certificates();
  ASSERT_FALSE(reloaded);
  EXPECT_NE(reloaded.error().message.find("tls.crt"), std::string::npos);
  EXPECT_EQ(TestSocket(address_).certificate_name(), "first");

  make_certificate(folder_, "second");
  std::string other =
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out " + key.string() + " 2>/dev/null";
  ASSERT_EQ(std::system(other.c_str()), 0);
  EXPECT_FALSE(server_->reload_certificates()) << "the key of another certificate";
  EXPECT_EQ(TestSocket(address_).certificate_name(), "first");
}

TEST_P(TlsServer, AHandshakeThatNeverEndsIsCut) {
  start(options({.head_time = 300ms}));
  TestSocket half("http" + address_.substr(5));  // speaks no TLS
  half.send("\x16\x03\x01");
  EXPECT_TRUE(half.ended());
  TestSocket plain("http" + address_.substr(5));
  plain.send(get("/"));
  plain.read(100);
  EXPECT_TRUE(plain.ended());
}

}  // namespace
}  // namespace entente::net
