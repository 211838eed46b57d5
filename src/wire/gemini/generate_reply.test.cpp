// Recorded shapes of Gemini's streams, replayed at every fragment size.
#include "wire/gemini/generate_reply.hpp"

#include <gtest/gtest.h>

#include "wire/test_reply.hpp"

namespace entente::wire {
namespace {

using Lines = std::vector<std::string>;

void expect(std::string_view bytes, const Lines& lines, std::uint32_t candidates = 1) {
  for (std::size_t fragment : replay_fragments) {
    GenerateReply decoder(candidates, 40);
    EXPECT_EQ(replay(decoder, bytes, fragment), lines) << "fragments of " << fragment;
  }
  expect_the_same_at_every_cut([&] { return std::make_unique<GenerateReply>(candidates, 40); }, bytes, lines);
}

TEST(GenerateReply, ThoughtsATextAndCallsWithUsageCountedOnce) {
  expect(
      "data: "
      "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hm\",\"thought\":true}],\"role\":\"model\"},\"index\":0}],"
      "\"usageMetadata\":{\"promptTokenCount\":20,\"totalTokenCount\":20},\"modelVersion\":\"m\"}\r\n\r\n"
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ok é\"}],\"role\":\"model\"},\"index\":0}]}\r\n\r\n"
      "data: "
      "{\"candidates\":[{\"finishReason\":\"STOP\",\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\",\"args\":{"
      "\"a\": "
      "[1]}},\"thoughtSignature\":\"c2ln\"},{\"functionCall\":{\"args\":{},\"name\":\"f\",\"id\":\"x\"}}],\"role\":"
      "\"model\"},\"index\":0}],"
      "\"usageMetadata\":{\"promptTokenCount\":20,\"cachedContentTokenCount\":8,\"candidatesTokenCount\":5,"
      "\"thoughtsTokenCount\":3,"
      "\"totalTokenCount\":28}}\r\n\r\n",
      {"started", "0 thought hm", "0 text ok é", "0 call 0 made-up f {\"a\": [1]}", "0 call 1 x f {}", "0 tool_calls",
       "usage 20 (8 cached) 8 (3 thought)"});
}

TEST(GenerateReply, TheFilterAndMistakesOfTheModel) {
  expect("data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"}}\n\n", {"failed: content_filter"});
  expect("data: {\"candidates\":[{\"finishReason\":\"SAFETY\",\"index\":0}]}\n\n",
         {"started", "0 content_filter", "usage 0 (0 cached) 0 (0 thought)"});
  expect("data: {\"candidates\":[{\"finishReason\":\"MALFORMED_FUNCTION_CALL\"}]}\n\n",
         {"started", "failed: upstream_failed"});
  expect("data: {\"error\":{\"code\":503,\"message\":\"overloaded\",\"status\":\"UNAVAILABLE\"}}\n\n",
         {"failed: upstream_overloaded"});
}

TEST(GenerateReply, WithoutAFinishReasonItIsCut) {
  expect("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"index\":0}]}\n\n",
         {"started", "0 text a", "failed: connection_cut"});
  expect(
      "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]},\"index\":0,\"finishReason\":\"STOP\"}]}\n\n",
      {"started", "0 text a", "0 stop", "failed: connection_cut"}, 2);
  expect("data: {\"candidates\":[{\"index\":4,\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n",
         {"started", "failed: bad_reply"});
  expect("data: {\"candidates\":[{\"con\n\n", {"failed: bad_reply"});
}

}  // namespace
}  // namespace entente::wire
