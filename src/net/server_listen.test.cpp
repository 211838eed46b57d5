// Where and as what the server listens: addresses, base path, proxies, Unix sockets, certificates.
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "net/server_fixture.hpp"

namespace entente::net {
namespace {

class PlainListener : public ServerTest {};
INSTANTIATE_TEST_SUITE_P(On, PlainListener, testing::Values(Kind::plain), [](const auto&) { return "Tcp"; });

TEST_P(PlainListener, LivesUnderABasePath) {
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

TEST_P(PlainListener, BelievesTrustedProxiesOnly) {
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

TEST_P(PlainListener, AnAddressInUseIsOneClearSentence) {
  start(options());
  ServerOptions same = options();
  same.listen = {address_.substr(7)};
  auto second = Server::start(std::move(same), [](Exchange&) -> Task<> { co_return Result<>{}; }, &refuse);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("Another program listens there"), std::string::npos);
}

TEST_P(PlainListener, EverySettingIsCheckedBeforeAnythingListens) {
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
