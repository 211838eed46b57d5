// The client against a server that says exactly what a test scripts, byte for byte.
#include "net/client.hpp"

#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/runner.hpp"

namespace entente::net {
namespace {
using namespace std::chrono_literals;

// Answers the connections it gets with the scripted texts, in order, each cut into pieces of `fragment` bytes, and
// closes. An empty text says nothing and keeps the connection open until the end.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> script, std::size_t fragment = SIZE_MAX)
      : script_(std::move(script)), fragment_(fragment), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof where;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&where), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = std::to_string(ntohs(where.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (int fd : silent_) close(fd);
    close(listener_);
  }

  std::string url(std::string_view path) const { return "http://127.0.0.1:" + port_ + std::string(path); }
  const std::string& port() const { return port_; }
  std::string asked(std::size_t index) {
    std::lock_guard lock(mutex_);
    return index < asked_.size() ? asked_[index] : "";
  }

 private:
  void serve() {
    for (const std::string& text : script_) {
      int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      std::string head;
      for (char piece[4096]; head.find("\r\n\r\n") == std::string::npos;) {
        ssize_t count = recv(fd, piece, sizeof piece, 0);
        if (count <= 0) break;
        head.append(piece, static_cast<std::size_t>(count));
      }
      {
        std::lock_guard lock(mutex_);
        asked_.push_back(head);
      }
      if (text.empty()) {
        silent_.push_back(fd);
        continue;
      }
      for (std::string_view rest = text; !rest.empty();) {
        std::string_view piece = rest.substr(0, fragment_);
        if (send(fd, piece.data(), piece.size(), MSG_NOSIGNAL) < 0) break;
        rest.remove_prefix(piece.size());
      }
      close(fd);
    }
  }

  const std::vector<std::string> script_;
  const std::size_t fragment_;
  int listener_;
  std::string port_;
  std::vector<int> silent_;
  std::mutex mutex_;
  std::vector<std::string> asked_;  // guarded by mutex_
  std::thread thread_;
};

constexpr FetchOptions here{.allow_private = true, .connect_time = 5s, .idle_time = 20s};

struct Got {
  unsigned status;
  std::string body, url;
};

Result<Got> get(FetchRequest request, FetchOptions options = here) {
  auto all = [&]() -> Task<Got> {
    CO_TRY_ASSIGN(auto fetched, co_await fetch(request, options));
    CO_TRY_ASSIGN(std::string body, co_await read_all(*fetched));
    co_return Got{fetched->status(), std::move(body), fetched->url()};
  };
  return run_blocking(all());
}

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
std::string moved(std::string_view where, int status = 302) {
  return "HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + std::string(where) +
         "\r\nContent-Length: 0\r\n\r\n";
}

TEST(Fetch, ReadsEveryFramingHoweverItIsCut) {
  const std::string answers[] = {
      ok("hello world"),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX: y\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\nhello world",  // to the end of the connection
      "HTTP/1.0 200 OK\r\n\r\nhello world",
  };
  for (const std::string& answer : answers) {
    for (std::size_t fragment : {1UL, 2UL, 3UL, 5UL, 8UL, 16UL, 31UL, SIZE_MAX}) {
      ScriptedServer server({answer}, fragment);
      auto got = get({.url = server.url("/a?b")});
      ASSERT_TRUE(got) << got.error().message;
      EXPECT_EQ(got->body, "hello world") << answer << fragment;
    }
  }
}

TEST(Fetch, SaysWhoItIsAndWhatItIsTold) {
  ScriptedServer server({ok("")});
  ASSERT_TRUE(get({.method = "POST", .url = server.url("/a?b#c"), .headers = {{"x-one", "1"}}, .body = "data"}));
  std::string asked = server.asked(0);
  EXPECT_TRUE(asked.starts_with("POST /a?b HTTP/1.1\r\n")) << asked;
  EXPECT_TRUE(asked.contains("Host: 127.0.0.1:" + server.port() + "\r\n")) << asked;
  EXPECT_TRUE(asked.contains("User-Agent: entente/") && asked.contains("x-one: 1\r\n") &&
              asked.contains("Content-Length: 4\r\n"))
      << asked;
}

TEST(Fetch, AStatusOfFailureIsAnAnswer) {
  ScriptedServer server({"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"});
  auto got = get({.url = server.url("/")});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->status, 404u);
  EXPECT_EQ(got->body, "gone");
}

TEST(Fetch, FollowsRedirectsOfEveryForm) {
  ScriptedServer target({ok("there")});
  ScriptedServer server(
      {moved("/b/c", 301), moved("d?e", 303), moved("?f", 307), moved("//127.0.0.1:" + target.port() + "/g", 308)});
  auto got = get({.url = server.url("/a")});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->body, "there");
  EXPECT_EQ(got->url, "http://127.0.0.1:" + target.port() + "/g");
  EXPECT_TRUE(server.asked(1).starts_with("GET /b/c "));
  EXPECT_TRUE(server.asked(2).starts_with("GET /b/d?e "));
  EXPECT_TRUE(server.asked(3).starts_with("GET /b/d?f ")) << server.asked(3);
}

TEST(Fetch, GivesUpOnACircle) {
  ScriptedServer server(std::vector<std::string>(10, moved("/again")));
  auto got = get({.url = server.url("/")});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::upstream_failed);
  EXPECT_NE(server.asked(5), "");
  EXPECT_EQ(server.asked(6), "") << "five redirects are followed";
}

TEST(Fetch, CredentialsStayWithTheFirstHost) {
  ScriptedServer other({ok("")});
  ScriptedServer first({moved("/same"), moved("http://localhost:" + other.port() + "/")});
  ASSERT_TRUE(
      get({.url = first.url("/"), .headers = {{"AUTHORIZATION", "Bearer x"}, {"Cookie", "a"}, {"accept", "b"}}}));
  EXPECT_TRUE(first.asked(1).contains("Bearer x") && first.asked(1).contains("Cookie"));
  EXPECT_FALSE(other.asked(0).contains("Bearer x") || other.asked(0).contains("Cookie")) << other.asked(0);
  EXPECT_TRUE(other.asked(0).contains("accept: b"));
}

TEST(Fetch, WhereARedirectLeadsIsCheckedToo) {
  for (std::string where : {"ftp://127.0.0.1/", "https://user:secret@127.0.0.1/", "http:///", "http://127.0.0.1:0/"}) {
    ScriptedServer server({moved(where)});
    EXPECT_FALSE(get({.url = server.url("/")})) << where;
  }
}

TEST(Fetch, ACutAnswerIsNeverAWholeOne) {
  const std::string cuts[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
      "HTTP/1.1 200 OK\r\nContent-Le",
      "HTTP/1.1 200",
  };
  for (const std::string& cut : cuts) {
    ScriptedServer server({cut});
    auto got = get({.url = server.url("/")});
    ASSERT_FALSE(got) << cut;
    EXPECT_EQ(got.error().code, ErrorCode::upstream_failed) << got.error().message;
  }
}

TEST(Fetch, WhatIsNotHttpIsAFailureOfTheOtherSide) {
  for (std::string nonsense :
       {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1 abc\r\n\r\n", "\r\n\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    ScriptedServer server({nonsense});
    auto got = get({.url = server.url("/")});
    ASSERT_FALSE(got) << nonsense;
    EXPECT_EQ(got.error().code, ErrorCode::upstream_failed) << got.error().message;
  }
}

TEST(Fetch, EndlessHeadsAndChunkLinesAreCut) {
  ScriptedServer head({"HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'x')});
  EXPECT_EQ(get({.url = head.url("/")}).error().code, ErrorCode::upstream_failed);
  ScriptedServer chunk({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(1'000'000, 'x')});
  EXPECT_EQ(get({.url = chunk.url("/")}).error().code, ErrorCode::upstream_failed);
}

TEST(Fetch, SizeIsBoundedHoweverItIsAnnounced) {
  FetchOptions small = here;
  small.most_bytes = 8;
  for (const std::string& answer :
       {ok("123456789"), std::string("HTTP/1.1 200 OK\r\n\r\n123456789"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")}) {
    ScriptedServer server({answer});
    auto got = get({.url = server.url("/")}, small);
    ASSERT_FALSE(got) << answer;
    EXPECT_EQ(got.error().code, ErrorCode::too_large) << got.error().message;
  }
  ScriptedServer server({ok("12345678")});
  EXPECT_EQ(get({.url = server.url("/")}, small)->body, "12345678");
}

TEST(Fetch, SilenceIsATimeout) {
  FetchOptions quick = here;
  quick.idle_time = 100ms;
  ScriptedServer never({""});
  auto got = get({.url = never.url("/")}, quick);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::timeout) << got.error().message;
}

TEST(Fetch, OurOwnNetworksAreOutOfReachUnlessAllowed) {
  ScriptedServer server({ok("secret")});
  for (const std::string& url :
       {server.url("/"), "http://localhost:" + server.port() + "/", "http://[::1]:" + server.port() + "/",
        "http://[::ffff:127.0.0.1]:" + server.port() + "/", "http://2130706433:" + server.port() + "/",
        "http://0x7f.1:" + server.port() + "/", std::string("http://169.254.169.254/latest/meta-data/")}) {
    auto got = get({.url = url}, {.connect_time = 5s});
    ASSERT_FALSE(got) << url;
    EXPECT_EQ(got.error().code, ErrorCode::forbidden) << url << ": " << got.error().message;
  }
  EXPECT_EQ(server.asked(0), "");
}

TEST(Fetch, NobodyThereIsAFailureOfTheOtherSide) {
  std::string url;
  {
    ScriptedServer gone({});
    url = gone.url("/");
  }
  auto got = get({.url = url});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::upstream_failed);
  EXPECT_NE(got.error().message.find("127.0.0.1 cannot be reached"), std::string::npos) << got.error().message;
}

}  // namespace
}  // namespace entente::net
