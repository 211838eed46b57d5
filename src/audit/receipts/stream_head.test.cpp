#include "audit/receipts/stream_head.hpp"

#include <format>

#include <gtest/gtest.h>

namespace entente::audit {
namespace {

struct Streaming : testing::Test {
  NoteSigner signer{"example.org/log", Seed{9}};
  std::string counted, stream;
  std::vector<std::size_t> signed_at;  // how much of `stream` a reader must have, for each head

  void frame(std::string text) {
    counted += text;
    stream += text;
  }
  std::string head(StreamState state, std::string request = "req_1") {
    StreamHead head{.request = std::move(request),
                    .bytes = counted.size(),
                    .hash = sha256(counted),
                    .state = state,
                    .at = "2026-11-27T10:15:03.118233Z"};
    return head_comment(head, signature_of(signer.sign(head_text(head, "example.org/log"))));
  }

  // Three deltas with a head after each but the second, and the end's before the end.
  std::string whole() {
    frame("data: {\"a\":1}\n\n");
    stream += head(StreamState::open);
    stream += ":\n\n";
    frame("event: x\ndata: {\"b\":\"\u00e9\"}\n\n");
    stream += ": loading a model 20 %\n\n";
    frame("data: :not a comment\n\n");
    stream += head(StreamState::open);
    std::string end = "data: {}\n\ndata: [DONE]\n\n";
    counted += end;
    stream += head(StreamState::end) + end;
    return stream;
  }
};

TEST(PrefixHash, IsTheHashOfEachBeginning) {
  PrefixHash hash;
  std::string all;
  EXPECT_EQ(hash.digest(), sha256(""));
  for (int i = 0; i < 300; ++i) {
    std::string piece(static_cast<std::size_t>(i % 70), static_cast<char>('a' + i % 26));
    hash.add(piece);
    all += piece;
    EXPECT_EQ(hash.digest(), sha256(all));
    EXPECT_EQ(hash.bytes(), all.size());
  }
}

TEST_F(Streaming, AWholeStreamIsSignedToItsEnd) {
  auto verdict = verify_stream(whole(), signer.verifier());
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_EQ(verdict->state, StreamState::end);
  EXPECT_EQ(verdict->heads, 3u);
  EXPECT_EQ(verdict->request, "req_1");
  EXPECT_EQ(verdict->signed_bytes, counted.size());
  EXPECT_EQ(without_comments(stream), counted);
}

TEST_F(Streaming, CutAnywhereItLeavesASignedBeginning) {
  whole();
  std::uint64_t last = 0;
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    auto verdict = verify_stream(std::string_view(stream).substr(0, cut), signer.verifier());
    if (!verdict) {
      // Only before the first head is whole, or inside one.
      bool inside = std::string_view(stream).substr(0, cut).rfind('\n') + 1 < cut || last == 0;
      EXPECT_TRUE(inside) << cut << ": " << verdict.error().message;
      continue;
    }
    EXPECT_GE(verdict->signed_bytes, last) << cut;
    EXPECT_EQ(verdict->state == StreamState::end, cut == stream.size()) << cut;
    last = verdict->signed_bytes;
  }
  EXPECT_EQ(last, counted.size());
}

TEST_F(Streaming, EveryChangedByteIsFoundOrIsNoneThatCounts) {
  whole();
  for (std::size_t i = 0; i < stream.size(); ++i) {
    std::string changed = stream;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    auto verdict = verify_stream(changed, signer.verifier());
    bool found = !verdict || verdict->state != StreamState::end || verdict->signed_bytes != counted.size() ||
                 verdict->bytes != verdict->signed_bytes || verdict->heads != 3;
    EXPECT_TRUE(found || without_comments(changed) == counted) << i << ": " << changed;
  }
}

TEST_F(Streaming, WhatWasAddedOrTakenIsFound) {
  whole();
  auto added = verify_stream(stream + "data: more\n\n", signer.verifier());
  ASSERT_TRUE(added);
  EXPECT_LT(added->signed_bytes, added->bytes);
  std::string without = stream;
  without.erase(without.find("event: x"), without.find(": loading") - without.find("event: x"));
  auto taken = verify_stream(without, signer.verifier());
  ASSERT_FALSE(taken);
  EXPECT_TRUE(taken.error().message.contains("some are missing, or were added")) << taken.error().message;
  std::string late = stream + head(StreamState::open);
  EXPECT_FALSE(verify_stream(late, signer.verifier())) << "nothing follows the end";
  EXPECT_FALSE(verify_stream(head(StreamState::open, "req_2") + stream, signer.verifier())) << "of another request";
  EXPECT_FALSE(verify_stream(stream, NoteSigner("example.org/log", Seed{8}).verifier())) << "another key";
  EXPECT_FALSE(verify_stream(stream, NoteSigner("example.org/other", Seed{9}).verifier())) << "another log";
  auto none = verify_stream(counted, signer.verifier());
  ASSERT_FALSE(none);
  EXPECT_TRUE(none.error().message.contains("no signed head")) << none.error().message;
}

TEST(WithoutComments, ABodyThatIsNoStreamIsLeftAsItIs) {
  for (std::string_view body : {"{\"a\":\":\"}", "", "{\n:\n\n}", "ID3\n:\n\n"})
    EXPECT_EQ(without_comments(body), body);
  EXPECT_EQ(without_comments(":\n\ndata: a\n\n:\n\n: x\n\ndata: b"), "data: a\n\ndata: b");
}

}  // namespace
}  // namespace entente::audit
