// Recorded shapes of Anthropic's streams, replayed at every fragment size.
#include "wire/anthropic/messages_reply.hpp"

#include <gtest/gtest.h>

#include "wire/test_reply.hpp"

namespace entente::wire {
namespace {

using Lines = std::vector<std::string>;

void expect(std::string_view bytes, const Lines& lines) {
  for (std::size_t fragment : replay_fragments) {
    MessagesReply decoder(40);
    EXPECT_EQ(replay(decoder, bytes, fragment), lines) << "fragments of " << fragment;
  }
  expect_the_same_at_every_cut([] { return std::make_unique<MessagesReply>(40); }, bytes, lines);
}

constexpr std::string_view start =
    R"(event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":2,"cache_read_input_tokens":8,"output_tokens":1}}}

event: ping
data: {"type": "ping"}

)";

TEST(MessagesReply, ThoughtsATextAndCallsWithUsageCountedOnce) {
  expect(std::string(start) + R"(event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"ok é"}}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\": 1}"}}

event: content_block_start
data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"toolu_2","name":"g","input":{}}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":30,"output_tokens_details":{"thinking_tokens":4}}}

event: message_stop
data: {"type":"message_stop"}

)",
         {"started 20 (8 cached)", "0 thought hm", "0 thought  signed c2ln", "0 text ok é", "0 call 0 toolu_1 f ",
          "0 call 0   {\"a\": 1}", "0 call 1 toolu_2 g ", "0 call 1   {}", "0 tool_calls",
          "usage 20 (8 cached) 30 (4 thought)"});
}

TEST(MessagesReply, AStopSequenceAndARefusal) {
  std::string end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  expect(
      std::string(start) +
          "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"stop_sequence\",\"stop_sequence\":\"END\"},"
          "\"usage\":{\"output_tokens\":3}}\n\n" +
          end,
      {"started 20 (8 cached)", "0 stop at END", "usage 20 (8 cached) 3 (0 thought)"});
  expect(
      std::string(start) +
          "data: "
          "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"refusal\"},\"usage\":{\"output_tokens\":3}}\n\n" +
          end,
      {"started 20 (8 cached)", "0 content_filter", "usage 20 (8 cached) 3 (0 thought)"});
}

TEST(MessagesReply, WithoutItsLastWordItIsCutWhateverItSaidBefore) {
  std::string whole =
      std::string(start) +
      "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n"
      "data: {\"type\":\"message_stop\"}\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    MessagesReply decoder(40);
    EXPECT_EQ(replay(decoder, whole.substr(0, size), 5).back(), "failed: connection_cut") << size;
  }
}

TEST(MessagesReply, AnErrorEventIsTheLastWord) {
  expect(std::string(start) +
             "event: error\ndata: "
             "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
         {"started 20 (8 cached)", "failed: upstream_overloaded"});
  expect("data: {\"type\": \"message_start\", \n\n", {"failed: bad_reply"});
  expect("data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":7}}\n\n",
         {"failed: bad_reply"});
}

}  // namespace
}  // namespace entente::wire
