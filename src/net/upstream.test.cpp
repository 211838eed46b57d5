// The way to providers, against our own server on real sockets: connections kept and used again, what the peer proved,
// readers that leave or do not read. Faults of the other side's bytes are in response_reader.test.cpp.
#include "net/upstream.hpp"

#include "net/runner.hpp"
#include "net/server_fixture.hpp"
#include "net/test_server.hpp"

namespace entente::net {
namespace {

using std::chrono::steady_clock;

steady_clock::time_point soon() { return steady_clock::now() + 20s; }

class UpstreamTest : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    if (GetParam() == Kind::tls) make_certificate(folder_, "localhost");
    start(options());
  }
  UpstreamOptions to_server() const {
    std::string endpoint = address_;
    if (GetParam() == Kind::tls) endpoint.replace(endpoint.find("127.0.0.1"), 9, "localhost");
    UpstreamOptions out{.endpoint = endpoint};
    if (GetParam() == Kind::tls) out.ca_file = folder_ / "tls.crt";
    return out;
  }
  static std::shared_ptr<Upstream> create(UpstreamOptions options) {
    auto made = Upstream::create(std::move(options));
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
};

Task<std::string> ask(Upstream& upstream, std::string target, std::shared_ptr<const PeerIdentity>* peer = nullptr) {
  CO_TRY_ASSIGN(auto reply,
                co_await upstream.send({.method = "GET", .target = std::move(target), .headers = {}, .body = {}}));
  if (peer) *peer = reply->peer();
  co_return co_await read_small_body(*reply, 1'000'000, 20s);
}

TEST_P(UpstreamTest, AConnectionIsKeptAndUsedAgain) {
  auto upstream = create(to_server());
  auto several = [&]() -> Task<> {
    for (auto [path, body] :
         {std::pair{"/", "hello"}, {"/stream", "one two three"}, {"/nothing", ""}, {"/", "hello"}}) {
      CO_TRY_ASSIGN(std::string got, co_await ask(*upstream, path));
      EXPECT_EQ(got, body);
    }
    EXPECT_EQ(server_->open_connections(), 1u);
    co_return Result<>{};
  };
  auto done = run_blocking(several());
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_TRUE(eventually([&] { return server_->open_connections() == 0; })) << "they end with the thread's io_context";
}

TEST_P(UpstreamTest, ABodyIsSentWhole) {
  auto upstream = create(to_server());
  for (std::size_t size : {0UL, 1UL, 70'000UL, 3'000'000UL}) {
    auto echo = [&]() -> Task<std::string> {
      CO_TRY_ASSIGN(auto reply,
                    co_await upstream->send({.target = "/echo", .headers = {}, .body = std::string(size, 'x')}));
      co_return co_await read_small_body(*reply, 4'000'000, 20s);
    };
    auto got = run_blocking(echo());
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_EQ(got->size(), size + 5);
  }
}

TEST_P(UpstreamTest, AReaderThatStopsReadingMakesTheSenderWaitAndOneThatLeavesIsSeen) {
  auto upstream = create(to_server());
  auto some = [&]() -> Task<> {
    CO_TRY_ASSIGN(auto reply, co_await upstream->send({.method = "GET", .target = "/pour", .headers = {}, .body = {}}));
    CO_TRY(co_await reply->next_piece(soon(), "late"));
    EXPECT_EQ(seen_->cancelled, 0);
    co_return Result<>{};
  };
  EXPECT_TRUE(run_blocking(some()));
  EXPECT_TRUE(eventually([&] { return seen_->cancelled == 1; }));
}

TEST_P(UpstreamTest, WhoeverIsCancelledLeavesAtOnce) {
  auto upstream = create(to_server());
  std::stop_source leave;
  std::thread leaver([&] {
    EXPECT_TRUE(eventually([&] { return seen_->started == 1; }));
    leave.request_stop();
  });
  auto waited = run_blocking(ask(*upstream, "/wait"), leave.get_token());
  leaver.join();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, ErrorCode::cancelled);
  EXPECT_TRUE(eventually([&] { return seen_->cancelled == 1; }));
  seen_->commit->notify();
}

TEST_P(UpstreamTest, EachWaitHasItsLimitAndItsReason) {
  UpstreamOptions options = to_server();
  options.headers_time = 50ms;
  EXPECT_EQ(run_blocking(ask(*create(options), "/wait")).error().reason, "headers_timeout");
  seen_->commit->notify();
  auto slow = [&]() -> Task<> {
    auto upstream = create(to_server());
    CO_TRY_ASSIGN(auto reply, co_await upstream->send({.method = "GET", .target = "/", .headers = {}, .body = {}}));
    CO_TRY(co_await reply->next_piece(soon(), "never"));
    co_return Result<>{};
  };
  EXPECT_TRUE(run_blocking(slow()));
}

TEST_P(UpstreamTest, APeersCertificateIsRememberedAndAStrangersRefused) {
  if (GetParam() == Kind::plain) {
    std::shared_ptr<const PeerIdentity> peer;
    auto upstream = create(to_server());
    EXPECT_TRUE(run_blocking(ask(*upstream, "/", &peer)));
    EXPECT_TRUE(peer && peer->tls.empty() && peer->spki.empty());
    EXPECT_EQ(peer->name, "127.0.0.1");
    EXPECT_TRUE(peer->address.starts_with("127.0.0.1:")) << peer->address;
    return;
  }
  std::shared_ptr<const PeerIdentity> peer;
  auto upstream = create(to_server());
  ASSERT_TRUE(run_blocking(ask(*upstream, "/", &peer)));
  EXPECT_EQ(peer->subject, "CN=localhost");
  EXPECT_EQ(peer->sha256.size(), 64u);
  EXPECT_EQ(peer->spki.size(), 44u);
  EXPECT_TRUE(peer->tls.starts_with("TLSv1."));

  UpstreamOptions of_the_system = to_server();
  of_the_system.ca_file.clear();
  auto stranger = run_blocking(ask(*create(of_the_system), "/"));
  EXPECT_EQ(stranger.error().reason, "tls_failed");
  EXPECT_NE(stranger.error().message.find("not trusted"), std::string::npos) << stranger.error().message;
  UpstreamOptions other_name = to_server();
  other_name.endpoint.replace(other_name.endpoint.find("localhost"), 9, "127.0.0.1");
  EXPECT_EQ(run_blocking(ask(*create(other_name), "/")).error().reason, "tls_failed");
}

INSTANTIATE_TEST_SUITE_P(Kinds, UpstreamTest, testing::Values(Kind::plain, Kind::tls),
                         [](const auto& kind) { return kind.param == Kind::tls ? "tls" : "plain"; });

TEST(Upstream, WhatCannotBeIsSaidWhenItIsConfigured) {
  for (std::string endpoint : {"ftp://x", "https://x/?a=b", "https://"})
    EXPECT_EQ(Upstream::create({.endpoint = endpoint}).error().code, ErrorCode::invalid_request) << endpoint;
  EXPECT_NE(Upstream::create({.endpoint = "https://x", .ca_file = "/not/there"}).error().message.find("/not/there"),
            std::string::npos);
}

TEST(Upstream, NobodyThereIsAFailureToConnect) {
  auto upstream = Upstream::create({.endpoint = "http://127.0.0.1:1"});
  EXPECT_EQ(run_blocking(ask(**upstream, "/")).error().reason, "connect_failed");
  auto nowhere = Upstream::create({.endpoint = "http://name.invalid"});
  EXPECT_EQ(run_blocking(ask(**nowhere, "/")).error().reason, "connect_failed");
}

TEST(Upstream, AHeaderThatWouldBeTwoIsNotSent) {
  auto upstream = Upstream::create({.endpoint = "http://127.0.0.1:1"});
  auto sent = run_blocking((*upstream)->send({.target = "/", .headers = {{"authorization", "a\r\nb: c"}}, .body = {}}));
  EXPECT_EQ(sent.error().code, ErrorCode::internal);
  EXPECT_EQ(sent.error().message.find("b: c"), std::string::npos);
}

TEST(Upstream, TheEndpointsPathStandsBeforeEachTarget) {
  TestServer server([](const TestServer::Asked&) { return "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"; });
  auto upstream = Upstream::create({.endpoint = server.url() + "/v1/"});
  auto asked = [&]() -> Task<> {
    CO_TRY(co_await (*upstream)->send({.target = "/chat?x=1", .headers = {{"a", "b"}}, .body = "{}"}));
    co_return Result<>{};
  };
  ASSERT_TRUE(run_blocking(asked()));
  EXPECT_EQ(server.asked().at(0).line(), "POST /v1/chat?x=1 HTTP/1.1");
  EXPECT_EQ(server.asked().at(0).field("a"), "b");
  EXPECT_EQ(server.asked().at(0).body, "{}");
}

TEST(Upstream, AServerThatRefusesALargeBodyIsHeardAllTheSame) {
  // It answers before it has read, and closes: the rest of the body meets a closed connection.
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof where;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&where), size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&where), &size);
  std::thread refuser([&] {
    int fd = accept(listener, nullptr, nullptr);
    std::string_view answer = "HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig";
    EXPECT_EQ(send(fd, answer.data(), answer.size(), MSG_NOSIGNAL), static_cast<ssize_t>(answer.size()));
    shutdown(fd, SHUT_WR);
    char piece[4096];  // reads on, as a server should, and throws it away
    while (recv(fd, piece, sizeof piece, 0) > 0) {
    }
    close(fd);
  });
  auto upstream = Upstream::create({.endpoint = "http://127.0.0.1:" + std::to_string(ntohs(where.sin_port))});
  auto sent = [&]() -> Task<unsigned> {
    CO_TRY_ASSIGN(auto reply,
                  co_await (*upstream)->send({.target = "/", .headers = {}, .body = std::string(8'000'000, 'x')}));
    co_return reply->status();
  };
  EXPECT_EQ(run_blocking(sent()), 413u);
  refuser.join();
  close(listener);
}

}  // namespace
}  // namespace entente::net
