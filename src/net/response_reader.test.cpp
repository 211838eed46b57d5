// Answers as bytes, cut everywhere.
#include "net/response_reader.hpp"

#include <algorithm>
#include <format>

#include <gtest/gtest.h>

namespace entente::net {
namespace {

struct Got {
  std::string body, failure;
  unsigned status = 0;
  bool can_go_on = false;
};

// Feeds the text in pieces; `ends`: the connection ends behind it.
Got read(std::string_view text, std::size_t fragment, bool ends = true) {
  ResponseReader reader;
  Got got;
  bool head = false;
  auto fed = [&]() -> Result<> {
    if (!head) {
      TRY_ASSIGN(head, reader.read_head());
      if (!head) return {};
      got.status = reader.status();
    }
    while (true) {
      TRY_ASSIGN(std::string_view piece, reader.read_body());
      if (piece.empty()) return {};
      got.body += piece;
    }
  };
  Result<> done;
  while (!text.empty() && done && !(head && reader.done())) {
    auto room = reader.room();
    std::size_t count = std::min({fragment, text.size(), room.size()});
    std::copy_n(text.data(), count, room.data());
    reader.came(count);
    text.remove_prefix(count);
    done = fed();
  }
  if (done && !(head && reader.done()) && ends) done = reader.connection_ended();
  if (!done) got.failure = done.error().reason;
  got.can_go_on = done && head && reader.can_go_on() && text.empty();
  return got;
}

constexpr std::size_t fragments[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 1'000'000};

TEST(ResponseReader, ReadsEveryFramingHoweverItIsCut) {
  std::string large(40'000, 'x');
  struct Case {
    std::string text, body;
    bool can_go_on;
  };
  for (const Case& c :
       {Case{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "", true}, Case{"HTTP/1.1 204 No\r\n\r\n", "", true},
        Case{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "hello", false},
        Case{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: t\r\n\r\n",
             "hello", true},
        Case{std::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", large.size(),
                         large),
             large, true},
        Case{std::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", large.size(), large), large, true},
        Case{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: "
             "2\r\n\r\nok",
             "ok", true},
        Case{"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end", false},
        Case{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", false}}) {
    for (std::size_t fragment : fragments) {
      Got got = read(c.text, fragment);
      EXPECT_EQ(got.failure, "") << c.text.substr(0, 80) << fragment;
      EXPECT_EQ(got.body, c.body) << c.text.substr(0, 80) << fragment;
      EXPECT_EQ(got.can_go_on, c.can_go_on) << c.text.substr(0, 80) << fragment;
    }
  }
}

TEST(ResponseReader, ACutIsNeverACleanEnd) {
  for (std::string_view text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"}) {
    for (std::size_t size = 0; size < text.size(); ++size)
      EXPECT_EQ(read(text.substr(0, size), 3).failure, "connection_cut") << text.substr(0, size);
  }
}

TEST(ResponseReader, WhatIsNoHttpIsRefused) {
  for (const std::string& text : {std::string("SSH-2.0-x\r\n\r\n"), std::string("HTTP/2 200\r\n\r\n"),
                                  std::string("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
                                  std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
                                  std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
                                  "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')}) {
    for (std::size_t fragment : {1UL, 7UL, 1'000'000UL})
      EXPECT_EQ(read(text, fragment).failure, "not_http") << text.substr(0, 60) << fragment;
  }
}

TEST(ResponseReader, AnImpossibleLengthTakesNoMemory) {
  EXPECT_EQ(read("HTTP/1.1 200 OK\r\nContent-Length: 900000000000000000\r\n\r\nx", 5).failure, "connection_cut");
}

}  // namespace
}  // namespace entente::net
