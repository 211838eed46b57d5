// Vectors of other makers, whole documents cut into fragments: in order, of one size and of length 1, or refused.
#include <gtest/gtest.h>

#include "wire/gemini/embed_call.hpp"
#include "wire/openai/embeddings_call.hpp"
#include "wire/test_reply.hpp"

namespace entente::wire {
namespace {

TEST(VectorsReply, ComeInTheOrderOfTheInputsHoweverTheDocumentIsCut) {
  std::string_view document =
      R"({"object":"list","data":[{"index":1,"embedding":[0,1]},{"object":"embedding","index":0,"embedding":[0.6,-0.8]}],)"
      R"("model":"m","usage":{"prompt_tokens":7,"total_tokens":7}})";
  for (std::size_t fragment : replay_fragments) {
    EmbeddingsReply decoder(2, 40);
    EXPECT_EQ(
        replay(decoder, document, fragment),
        (std::vector<std::string>{"started", "vector 0 of 2", "vector 1 of 2", "usage 7 (0 cached) 0 (0 thought)"}));
  }
}

TEST(VectorsReply, AreBroughtToLengthOneAndTokensAreEstimatedWhereTheMakerSaysNothing) {
  EmbedContentsReply decoder(1, 40);
  std::vector<Event> events;
  ASSERT_TRUE(decoder.feed(R"({"embeddings":[{"values":[3,4]}]})", events));
  ASSERT_TRUE(decoder.end(events));
  const auto& vector = std::get<Vector>(events[1]);
  EXPECT_NEAR(vector.values[0], 0.6, 1e-6);
  EXPECT_NEAR(vector.values[1], 0.8, 1e-6);
  EXPECT_EQ(std::get<Usage>(events[2]).prompt_tokens, 11);
}

TEST(VectorsReply, WhatDoesNotFitTheInputsIsABadReply) {
  for (std::string_view document :
       {R"({"data":[{"index":0,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":[0]},{"index":1,"embedding":[1]}]})",
        R"({"data":[{"index":0,"embedding":"AACAPw=="},{"index":1,"embedding":[1]}]})", R"({"data":[)", "", "null"}) {
    EmbeddingsReply decoder(2, 40);
    EXPECT_EQ(replay(decoder, document, 7).back(), "failed: bad_reply") << document;
  }
}

TEST(EmbeddingsCall, SaysWhatTheClientSaidInTheMakersWords) {
  Embed work{.model = "assistant", .inputs = {"a", std::vector<std::int32_t>{1, 2}}, .dimensions = 3, .end_user = "u"};
  EXPECT_EQ(encode_embeddings_call(work, "m", {.end_user = true}),
            R"({"model":"m","input":["a",[1,2]],"encoding_format":"float","dimensions":3,"user":"u"})");
  EXPECT_EQ(encode_embeddings_call(work, "m", {.dimensions = "output_dimension", .encoding_format = false}),
            R"({"model":"m","input":["a",[1,2]],"output_dimension":3})");
  work.inputs.pop_back();
  EXPECT_EQ(encode_embed_contents_call(work, "m"),
            R"({"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]},"outputDimensionality":3}]})");
}

}  // namespace
}  // namespace entente::wire
