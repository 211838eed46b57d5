// Recorded shapes of the streams that makers and servers of this dialect send, replayed at every fragment size.
#include "wire/openai/chat_reply.hpp"

#include <gtest/gtest.h>

#include "wire/test_reply.hpp"

namespace entente::wire {
namespace {

using Lines = std::vector<std::string>;

void expect(std::string_view bytes, const Lines& lines, std::uint32_t choices = 1) {
  for (std::size_t fragment : replay_fragments) {
    ChatReply decoder(choices, 40);
    EXPECT_EQ(replay(decoder, bytes, fragment), lines) << "fragments of " << fragment;
  }
  expect_the_same_at_every_cut([&] { return std::make_unique<ChatReply>(choices, 40); }, bytes, lines);
}

TEST(ChatReply, ATextWithUsage) {
  expect(
      R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"choices":[{"index":0,"delta":{"content":"Hé"},"logprobs":{"content":[{"token":"H","logprob":-0.5,"bytes":[72],"top_logprobs":[{"token":"H","logprob":-0.5,"bytes":[72]},{"token":"J","logprob":-1}]},{"token":"\ufffd","logprob":-1,"bytes":[195,169],"top_logprobs":[]}],"refusal":null},"finish_reason":null}],"usage":null}

data: {"choices":[{"index":0,"delta":{"content":"\u00e9 \ud83d\ude00"},"finish_reason":null}]}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2}}}

data: [DONE]

)",
      {"started", "0 text Hé [H -0.5 +2] [é -1 +0]", "0 text é 😀", "0 stop", "usage 20 (8 cached) 5 (2 thought)"});
}

TEST(ChatReply, CallsWithIndexWithoutAndWithArgumentsAsAnObject) {
  expect(
      R"(data: {"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"a\":"}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":" 1}"}}]}}]}

data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c2","function":{"name":"g","arguments":"{}"}}]}}]}

data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}

data: [DONE]

)",
      {"started", "0 call 0 c1 f ", "0 call 0   {\"a\":", "0 call 0    1}", "0 call 1 c2 g {}", "0 tool_calls",
       "usage 1 (0 cached) 2 (0 thought)"});
  expect(
      R"(data: {"choices":[{"delta":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":{"a": [1]}}},{"function":{"name":"f","arguments":""},"id":"y"}]},"finish_reason":"tool_calls"}]}

data: [DONE]

)",
      {"started", "0 call 0 x f {\"a\": [1]}", "0 call 1 y f ", "0 call 1   {}", "0 tool_calls",
       "usage 11 (0 cached) 4 (0 thought)"});
}

TEST(ChatReply, ThoughtsUnderTheirThreeNamesAndCountedOnce) {
  Lines lines{"started", "0 thought hm", "0 text ok", "0 stop", "usage 10 (4 cached) 12 (7 thought)"};
  expect(R"(data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}

data: {"choices":[{"index":0,"delta":{"content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":7}}}

data: [DONE]

)",
         lines);
  expect(R"(data: {"choices":[{"index":0,"delta":{"reasoning":"hm","content":""}}]}

data: {"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"ok"}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":12,"total_tokens":22,"prompt_cache_hit_tokens":4,"completion_tokens_details":{"reasoning_tokens":7}}}

data: [DONE]

)",
         lines);
  expect(
      R"(data: {"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}}]}

data: {"choices":[{"index":0,"delta":{"content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":12,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":7}}}

data: [DONE]

)",
      lines);
}

TEST(ChatReply, TwoChoicesAndWhatAServerLeavesOut) {
  expect(R"(data: {"choices":[{"index":1,"delta":{"content":"b"}}]}

data: {"choices":[{"index":0,"delta":{"content":"a"}}]}

data: {"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}

data: [DONE]

)",
         {"started", "1 text b", "0 text a", "1 length", "0 stop", "usage 11 (0 cached) 2 (0 thought)"}, 2);
  // No [DONE], but every choice said its end.
  expect("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"content_filter\"}]}\n\n",
         {"started", "0 text a", "0 content_filter", "usage 11 (0 cached) 1 (0 thought)"});
}

TEST(ChatReply, AnAnswerThatStopsIsCutWhereverItStops) {
  std::string whole =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\n\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ChatReply decoder(1, 40);
    EXPECT_EQ(replay(decoder, whole.substr(0, size), 5).back(), "failed: connection_cut") << size;
  }
}

TEST(ChatReply, AnErrorObjectEndsTheStreamBehindWhatWasSaid) {
  std::string begin = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
  expect(begin +
             "data: {\"error\":{\"message\":\"Slow "
             "down\",\"type\":\"rate_limit_error\",\"code\":\"rate_limit_exceeded\"}}\n\n",
         {"started", "0 text a", "failed: upstream_rate_limited"});
  expect(begin + "data: {\"error\":\"it broke\"}\n\n", {"started", "0 text a", "failed: upstream_failed"});
  expect(begin + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}]}\n\n",
         {"started", "0 text a", "failed: upstream_failed"});
}

TEST(ChatReply, WhatIsNoAnswerIsABadReply) {
  for (std::string_view data :
       {R"({"choices":[{"delta")", R"({"choices":{}})", R"({"choices":[{"index":0,"delta":{"content":5}}]})", "[]",
        "null", R"({"choices":[]} x)", R"({"choices":[{"index":7,"delta":{"content":"x"}}]})",
        R"({"choices":[{"index":-1,"delta":{"content":"x"}}]})", "{\"choices\":[{\"delta\":{\"content\":\"\xff\"}}]}",
        R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c"}]}}]})"}) {
    ChatReply decoder(1, 40);
    EXPECT_EQ(replay(decoder, std::string("data: ") + std::string(data) + "\n\n", 7).back(), "failed: bad_reply")
        << data;
  }
}

TEST(ChatReply, NoTokenIsPaidBackAndNoSumOverflows) {
  ChatReply decoder(1, 40);
  std::vector<Event> events;
  ASSERT_TRUE(
      decoder.feed("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":-9,\"completion_tokens\":"
                   "9223372036854775807,\"total_tokens\":-3}}\n\n",
                   events));
  EXPECT_EQ(decoder.usage_so_far(), (Usage{.prompt_tokens = 0, .completion_tokens = 1'000'000'000}));
}

TEST(ChatReply, WhatWasSaidBeforeACutIsCounted) {
  ChatReply decoder(1, 40);
  std::vector<Event> events;
  ASSERT_TRUE(decoder.feed("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"twelve bytes\"}}]}\n\n", events));
  EXPECT_EQ(decoder.usage_so_far(), (Usage{.prompt_tokens = 11, .completion_tokens = 4}));
  EXPECT_EQ(ChatReply(1, 40).usage_so_far(), Usage{}) << "nothing was said, nothing is billed";
}

}  // namespace
}  // namespace entente::wire
