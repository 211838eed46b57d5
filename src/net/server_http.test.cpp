// HTTP as the server speaks it: framing, refusals, HEAD, Expect, HTTP/1.0. What carries the bytes makes no difference.
#include <gtest/gtest.h>

#include "net/server_fixture.hpp"

namespace entente::net {
namespace {

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

}  // namespace
}  // namespace entente::net
