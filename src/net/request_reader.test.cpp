#include "net/request_reader.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace entente::net {
namespace {

constexpr Limits small{.head_bytes = 1024, .body_bytes = 64};

// What a connection would see: each request in one line, then the first failure.
std::vector<std::string> read(std::string_view bytes, std::size_t fragment, const Limits& limits = small) {
  RequestReader reader(limits);
  std::vector<std::string> seen;
  std::optional<RequestHead> head;
  auto step = [&]() -> Result<bool> {  // whether more may come out of what is there
    if (!head) {
      TRY_ASSIGN(head, reader.read_head());
      if (!head) return false;
    }
    TRY_ASSIGN(bool whole, reader.read_body(limits.body_bytes));
    if (!whole) return false;
    std::string line = head->method + " " + head->target + " '" + reader.take_body() + "'";
    line += head->keep_alive ? "" : " close";
    seen.push_back(std::move(line));
    head.reset();
    reader.next();
    return true;
  };
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, fragment);
    bytes.remove_prefix(piece.size());
    auto room = reader.room();
    std::ranges::copy(piece, room.begin());
    reader.came(piece.size());
    while (true) {
      Result<bool> more = step();
      if (!more) {
        seen.push_back("! " + more.error().reason +
                       (more.error().reason.empty() ? to_string(more.error().code).data() : ""));
        return seen;
      }
      if (!*more) break;
    }
  }
  if (reader.buffered() > 0 || head) seen.push_back("…");
  return seen;
}

#define H "Host: a\r\n"
struct Row {
  const char* name;
  std::string bytes;
  std::vector<std::string> seen;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"no body", "GET /a?b HTTP/1.1\r\n" H "\r\n", {"GET /a?b ''"}},
      {"empty lines before a request", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", {"GET / ''"}},
      {"a length", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhello", {"POST / 'hello'"}},
      {"a length of nothing", "POST / HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\n", {"POST / ''"}},
      {"chunks",
       "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
       {"POST / 'hello'"}},
      {"no chunk", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {"POST / ''"}},
      {"trailers",
       "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\nGET /b HTTP/1.1\r\n" H
       "\r\n",
       {"POST / 'hi'", "GET /b ''"}},
      {"pipelined",
       "POST /1 HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nabGET /2 HTTP/1.1\r\n" H "\r\nGET /3 HTTP/1.1\r\n" H "\r\n",
       {"POST /1 'ab'", "GET /2 ''", "GET /3 ''"}},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", {"GET / '' close"}},
      {"HTTP/1.0 that stays", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {"GET / ''"}},
      {"close", "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", {"GET / '' close"}},
      {"an unknown method", "BREW / HTTP/1.1\r\n" H "\r\n", {"BREW / ''"}},
      {"a head that is not whole", "GET / HTTP/1.1\r\nHost:", {"…"}},
      {"a body that is not whole", "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhell", {"…"}},
      {"bare line feeds", "GET / HTTP/1.1\nHost: a\n\n", {"! bad_request"}},
      {"TLS on a plain port", std::string("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1", 9), {"! bad_request"}},
      {"two lengths",
       "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       {"! bad_request"}},
      {"a method that is no token", "GE T / HTTP/1.1\r\n" H "\r\n", {"! bad_request"}},
      {"a method with a bracket", "G(T / HTTP/1.1\r\n" H "\r\n", {"! bad_request"}},
      {"a chunk size that is none",
       "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
       {"! bad_request"}},
      {"a negative chunk size", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-1\r\n", {"! bad_request"}},
      {"a chunk longer than it said",
       "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
       {"! bad_request"}},
      {"a chunk size beyond 64 bits",
       "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n",
       {"! bad_request"}},
      {"a long head", "GET / HTTP/1.1\r\n" H "X: " + std::string(1024, 'x'), {"! headers_too_large"}},
      {"a long head that ends",
       "GET / HTTP/1.1\r\n" H "X: " + std::string(1024, 'x') + "\r\n\r\n",
       {"! headers_too_large"}},
      {"a long announced body", "POST / HTTP/1.1\r\n" H "Content-Length: 65\r\n\r\n", {"! too_large"}},
      {"a long chunk", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n41\r\n", {"! too_large"}},
      {"many chunks",
       "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n30\r\n" + std::string(48, 'x') + "\r\n30\r\n",
       {"! too_large"}},
  };
  return all;
}

TEST(RequestReader, ReadsTheSameHoweverTheBytesAreCut) {
  for (const Row& row : rows()) {
    for (std::size_t fragment = 1; fragment <= row.bytes.size(); ++fragment) {
      EXPECT_EQ(read(row.bytes, fragment), row.seen) << row.name << ", " << fragment << " bytes at a time";
    }
  }
}

TEST(RequestReader, AHeadOrBodyAtItsLimitPasses) {
  std::string head = "GET / HTTP/1.1\r\n" H "X: ";
  head += std::string(small.head_bytes - head.size() - 4, 'x') + "\r\n\r\n";
  EXPECT_EQ(read(head, 100), std::vector<std::string>{"GET / ''"});
  std::string body(small.body_bytes, 'b');
  EXPECT_EQ(read("POST / HTTP/1.1\r\n" H "Content-Length: 64\r\n\r\n" + body, 7),
            std::vector<std::string>{"POST / '" + body + "'"});
}

// Beast bounds the size line of a chunk and the trailers; without that a client could fill the memory with either.
TEST(RequestReader, EndlessChunkExtensionsAndTrailersAreCut) {
  const std::string start = "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(read(start + "1;" + std::string(100'000, 'x'), 500), std::vector<std::string>{"! bad_request"});
  std::string trailers;
  for (int i = 0; i < 5000; ++i) trailers += "X: y\r\n";
  EXPECT_EQ(read(start + "0\r\n" + trailers, 500), std::vector<std::string>{"! bad_request"});
}

TEST(RequestReader, TellsWhatTheConnectionMustKnow) {
  RequestReader reader(small);
  reader.append("POST / HTTP/1.1\r\n" H "Expect: 100-Continue\r\nContent-Length: 3\r\n\r\n");
  auto head = reader.read_head();
  ASSERT_TRUE(head && *head);
  EXPECT_TRUE((*head)->expects_continue);
  EXPECT_TRUE(reader.body_pending());
  EXPECT_EQ(reader.announced_bytes(), 3u);
  EXPECT_EQ(reader.buffered(), 0u);
  EXPECT_EQ((*head)->headers.get("expect"), "100-Continue");
}

}  // namespace
}  // namespace entente::net
