#include "app/records/witnesses.hpp"

#include <format>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace entente::app {
namespace {

using namespace std::chrono_literals;

const audit::NoteSigner log_key("example.org/log", audit::Seed{});

const audit::MldsaCosigner own("example.org/log", audit::Seed{});

Result<std::shared_ptr<Witnesses>> made_of(audit::TlogPolicy policy) {
  return Witnesses::create(std::move(policy), log_key.verifier(), own.verifier());
}

std::string key(std::uint8_t number) {
  audit::Seed seed{};
  seed.fill(number);
  return audit::Cosigner(std::format("w{}.example", number), seed).verifier().text();
}

audit::TlogPolicy policy(const std::string& text) {
  auto read = audit::TlogPolicy::parse(text);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? *std::move(read) : *audit::TlogPolicy::parse("quorum none");
}

std::string said_of(const std::string& text) {
  auto made = made_of(policy(text));
  EXPECT_FALSE(made) << text;
  return made ? "" : made.error().message;
}

// A port of this machine where connections are taken and nothing is ever said.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof where;
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&where), size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&where), &size);
    url = std::format("http://127.0.0.1:{}", ntohs(where.sin_port));
  }
  ~SilentServer() { close(socket_); }
  std::string url;

 private:
  int socket_;
};

TEST(Witnesses, WhoFailedRestsLongerAndNotForEver) {
  for (unsigned failures = 1; failures < 100; ++failures) {
    EXPECT_LE(rest_after(failures), rest_after(failures + 1));
    EXPECT_LE(rest_after(failures), 10s);
  }
  EXPECT_LT(rest_after(1), 1s) << "one slip costs little";
  EXPECT_LT(rest_after(1), rest_after(3));
}

TEST(Witnesses, APolicyMustFitThisLogAndBeReachable) {
  std::string north = "witness north " + key(1), south = "witness south " + key(2);
  std::string both = "\ngroup g all north south\nquorum g\n";
  EXPECT_TRUE(made_of(policy(north + " http://n\n" + south + " https://s/w" + both)));
  EXPECT_TRUE(made_of(policy("log " + log_key.verifier().text() + "\nquorum none")));
  EXPECT_NE(said_of(north + " http://n\n" + south + both).find("no URL"), std::string::npos);
  EXPECT_NE(said_of(north + " ftp://n\nquorum north\n").find("cannot be one"), std::string::npos);
  std::string other = audit::NoteSigner("other.example", audit::Seed{}).verifier().text();
  EXPECT_NE(said_of("log " + other + "\nquorum none\n").find("add the line 'log example.org/log+"), std::string::npos);
}

TEST(Witnesses, TheLogsOwnKeyOfMldsaIsMetWithoutAsking) {
  std::string pq = "witness pq " + own.verifier().text();
  auto witnesses = made_of(policy(pq + "\nquorum pq\n"));
  ASSERT_TRUE(witnesses) << witnesses.error().message;
  audit::Checkpoint offered{.origin = "example.org/log", .tree = {}};
  std::string note = log_key.sign(audit::checkpoint_text(offered));
  audit::ReadSubtree read = [](unsigned, std::uint64_t) -> Result<Digest> { return fail(ErrorCode::not_found, ""); };
  Witnesses::Round round = (*witnesses)->ask(offered, note, read, 10h);
  EXPECT_TRUE(round.met);
  EXPECT_TRUE(round.cosignatures.empty());
  EXPECT_TRUE((*witnesses)->now().at(0).cosigning);
  std::string other = audit::MldsaCosigner("example.org/log", audit::Seed{1}).verifier().text();
  EXPECT_NE(said_of("witness pq " + other + "\nquorum pq\n").find("no URL"), std::string::npos);
}

TEST(Witnesses, OneThatIsSilentIsNotWaitedForAndIsSaidToBe) {
  SilentServer silent;
  auto witnesses =
      made_of(policy(std::format("witness silent {} {}/witness\nwitness none-there {} "
                                 "http://127.0.0.1:1/witness\ngroup g any silent none-there\n"
                                 "quorum g\n",
                                 key(1), silent.url, key(2))));
  ASSERT_TRUE(witnesses);
  audit::Checkpoint offered{.origin = "example.org/log", .tree = {}};
  std::string note = log_key.sign(audit::checkpoint_text(offered));
  audit::ReadSubtree read = [](unsigned, std::uint64_t) -> Result<Digest> { return fail(ErrorCode::not_found, ""); };
  Witnesses::Round round = (*witnesses)->ask(offered, note, read, 50ms);
  EXPECT_FALSE(round.met);
  EXPECT_TRUE(round.cosignatures.empty());
  for (const WitnessNow& now : (*witnesses)->now()) {
    EXPECT_FALSE(now.cosigning);
    EXPECT_NE(now.problem.find(now.name == "silent" ? "did not answer in time" : "cannot be reached"),
              std::string::npos)
        << now.problem;
  }
  // Both rest now: nobody is asked, and the same is known.
  EXPECT_FALSE((*witnesses)->ask(offered, note, read, 10h).met);
}

}  // namespace
}  // namespace entente::app
