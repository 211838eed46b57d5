// The server on real sockets: what holds for plain TCP, for TLS and for Unix sockets alike.
#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "net/server_fixture.hpp"

namespace entente::net {
namespace {

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

TEST_P(ServerTest, AStreamThatStandsStillSaysThatItLives) {
  start(options({.quiet_time = 300ms}));
  TestSocket client(address_);
  client.send(get("/quiet"));
  ASSERT_TRUE(eventually([&] { return seen_->started == 1; }));
  std::this_thread::sleep_for(1500ms);
  seen_->gate->notify();
  std::string body = client.answer().body;
  EXPECT_TRUE(body.starts_with("one : still here\n: still here\n")) << body;
  EXPECT_TRUE(body.ends_with(": still here\ntwo")) << body;
  client.send(get("/stream"));
  EXPECT_EQ(client.answer().body, "one two three") << "the connection goes on, and without the comments";
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

}  // namespace
}  // namespace entente::net
