#include "wire/anthropic/messages.hpp"

#include <gtest/gtest.h>

#include "wire/anthropic/error.hpp"
#include "wire/anthropic/models.hpp"
#include "wire/json.hpp"

namespace entente::wire {
namespace {

#define HEAD R"("model":"m","max_tokens":9)"
#define ASKED R"("messages":[{"role":"user","content":"Hi"}])"

std::string with(std::string_view more) { return std::string("{" HEAD "," ASKED ",") + std::string(more) + "}"; }

TEST(MessagesRequest, TheLastMessageOfTheAssistantBeginsTheAnswer) {
  auto begun = [](std::string_view content) {
    return decode_messages_request(R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"},)"
                                   R"({"role":"assistant","content":)" +
                                   std::string(content) + "}]}");
  };
  auto request = begun(R"([{"type":"text","text":"So"},{"type":"text","text":" then"}])");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_TRUE(request->chat.begun);
  EXPECT_EQ(text_of(request->chat.conversation.back()), "So then");
  EXPECT_EQ(begun(R"("So ")").error().param, "messages");
}

TEST(MessagesRequest, ReadsAConversationOfBlocks) {
  auto request = decode_messages_request(R"({"model":"m","max_tokens":2000,"stream":true,"temperature":0.5,"top_k":3,
    "stop_sequences":["END"],"metadata":{"user_id":"u"},
    "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
    "thinking":{"type":"enabled","budget_tokens":1024},
    "tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true}],
    "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
    "messages":[
      {"role":"user","content":"One."},
      {"role":"user","content":[{"type":"text","text":"Two."},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}]},
      {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},
        {"type":"redacted_thinking","data":"x"},{"type":"text","text":"Let me."},
        {"type":"tool_use","id":"t1","name":"f","input":{"a":[1,2]}}]},
      {"role":"user","content":[
        {"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"No"},
          {"type":"text","text":"way"},{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]},
        {"type":"text","text":"And?"}]}]})");
  ASSERT_TRUE(request) << request.error().message;
  const Chat& chat = request->chat;
  EXPECT_TRUE(request->stream && request->thoughts);
  EXPECT_EQ(chat.sampling.temperature, 0.5);
  EXPECT_EQ(chat.sampling.top_k, 3u);
  EXPECT_EQ(chat.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(envelope_of(Work(chat)).subject, "u");
  EXPECT_EQ(chat.reasoning_budget, 1024u);
  EXPECT_EQ(chat.reasoning_effort, ReasoningEffort::low);
  EXPECT_EQ(chat.tooling.use, ToolUse::required);
  EXPECT_EQ(chat.tooling.allowed, std::vector<std::string>{"f"});
  EXPECT_FALSE(chat.tooling.parallel);
  ASSERT_EQ(chat.tooling.tools.size(), 1u);
  EXPECT_EQ(chat.tooling.tools[0].parameters, R"({"type":"object"})");

  ASSERT_EQ(chat.conversation.size(), 5u) << "two turns of the user are one; a result is a message of its own";
  EXPECT_EQ(chat.conversation[0].role, Role::system);
  EXPECT_EQ(chat.conversation[1].parts,
            (std::vector<Part>{TextPart{"One."}, TextPart{"Two."},
                               ImagePart{.url = {}, .media_type = "image/png", .bytes = "hi", .detail = {}}}));
  EXPECT_EQ(chat.conversation[2].parts,
            (std::vector<Part>{ReasoningPart{.text = "Hm.", .signature = "s"},
                               ReasoningPart{.text = "", .signature = "x", .sealed = true}, TextPart{"Let me."},
                               ToolCall{.id = "t1", .name = "f", .arguments = R"({"a":[1,2]})"}}));
  EXPECT_EQ(chat.conversation[3].role, Role::tool);
  EXPECT_EQ(chat.conversation[3].parts,
            (std::vector<Part>{ToolResult{.call = "t1", .text = "No\nway", .failed = true}}));
  EXPECT_EQ(chat.conversation[4].parts, (std::vector<Part>{ImagePart{.url = "https://x/y.png"}, TextPart{"And?"}}));
}

TEST(MessagesRequest, ThoughtsAreOffUnlessAskedFor) {
  auto plain = decode_messages_request(with(R"("top_p":1)"));
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->thoughts);
  EXPECT_EQ(plain->chat.reasoning_effort, ReasoningEffort::none);
  auto adaptive = decode_messages_request(with(R"("thinking":{"type":"adaptive"},"output_config":{"effort":"max"})"));
  ASSERT_TRUE(adaptive) << adaptive.error().message;
  EXPECT_TRUE(adaptive->thoughts);
  EXPECT_EQ(adaptive->chat.reasoning_effort, ReasoningEffort::high);
}

TEST(MessagesRequest, AFormatIsASchema) {
  auto request =
      decode_messages_request(with(R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}})"));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->chat.format.kind, AnswerFormat::Kind::json_schema);
  EXPECT_TRUE(request->chat.format.strict);
}

struct Bad {
  std::string body, param, reason;
};
class MessagesRefusal : public testing::TestWithParam<Bad> {};
TEST_P(MessagesRefusal, NamesWhatIsWrong) {
  auto request = decode_messages_request(GetParam().body);
  ASSERT_FALSE(request) << GetParam().body;
  EXPECT_EQ(request.error().param, GetParam().param) << request.error().message;
  EXPECT_EQ(request.error().reason, GetParam().reason) << request.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Each, MessagesRefusal,
    testing::Values(
        Bad{"{" ASKED R"(,"max_tokens":1})", "model", "missing_required_parameter"},
        Bad{R"({"model":"m",)" ASKED "}", "max_tokens", "missing_required_parameter"},
        Bad{"{" HEAD "}", "messages", "missing_required_parameter"},
        Bad{"{" HEAD R"(,"messages":[]})", "messages", "empty_array"},
        Bad{"{" HEAD R"(,"messages":[{"role":"tool","content":""}]})", "messages[0].role", "invalid_value"},
        Bad{"{" HEAD R"(,"messages":[{"role":"user"}]})", "messages[0].content", "missing_required_parameter"},
        Bad{"{" HEAD R"(,"messages":[{"role":"user","content":[{"type":"tool_use"}]}]})", "messages[0].content[0].type",
            "unsupported_value"},
        Bad{"{" HEAD
            R"(,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":"y"}]}]})",
            "messages[0].content[0].tool_use_id", "invalid_value"},
        Bad{"{" HEAD
            R"(,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"f"}}]}]})",
            "messages[0].content[0].source.type", "unsupported_value"},
        Bad{with(R"("temperature":1.5)"), "temperature", "invalid_value"},
        Bad{with(R"("thinking":{"type":"enabled"})"), "thinking.budget_tokens", "missing_required_parameter"},
        Bad{with(R"("thinking":{"type":"enabled","budget_tokens":1024})"), "thinking", "invalid_value"},
        Bad{with(R"("tools":[{"type":"web_search_20250305","name":"web_search"}])"), "tools[0].type",
            "unsupported_value"},
        Bad{with(R"("tools":[{"name":"f"}])"), "tools[0].input_schema", "missing_required_parameter"},
        Bad{with(R"("tool_choice":{"type":"any"})"), "tool_choice", "invalid_value"},
        Bad{with(R"("mcp_servers":[{"type":"url"}])"), "mcp_servers", "unsupported_parameter"},
        Bad{with(R"("thread":{"type":"create"})"), "thread", "thread_unsupported_request"},
        Bad{with(R"("stop_sequences":[""])"), "stop_sequences", "invalid_value"},
        Bad{with(R"("temprature":1)"), "temprature", "unknown_parameter"}));

TEST(MessagesRequest, PassesWhatOnlyItsMakerMayUnderstand) {
  auto request = decode_messages_request(with(R"("x_trace":{"a":1})"));
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_TRUE(request->chat.passed);
  EXPECT_EQ(request->chat.passed->dialect, "anthropic messages");
  EXPECT_EQ(request->chat.passed->fields.at(0).value, R"({"a":1})");
  auto counted = decode_count_tokens_request(with(R"("x_trace":{"a":1})"));
  ASSERT_TRUE(counted) << counted.error().message;
  ASSERT_TRUE(counted->passed);
  EXPECT_EQ(counted->passed->fields.at(0).name, "x_trace");
}

TEST(MessagesRequest, CountingNeedsNoLength) {
  auto chat = decode_count_tokens_request(R"({"model":"m",)" ASKED "}");
  ASSERT_TRUE(chat) << chat.error().message;
  EXPECT_EQ(encode_token_count(7), R"({"input_tokens":7})");
}

std::string streamed(bool thoughts, const std::vector<Event>& events) {
  MessagesStream stream({.id = "msg_1", .model = "m", .thoughts = thoughts});
  std::string out;
  for (const Event& event : events) stream.append(out, event);
  stream.end(out);
  return out;
}

const std::vector<Event> an_answer = {
    Started{.prompt_tokens = 9, .cached_tokens = 4},
    ReasoningDelta{.choice = 0, .text = "Hm"},
    ReasoningDelta{.choice = 0, .text = "", .signature = "s"},
    TextDelta{.choice = 0, .text = "Hi", .logprobs = {}},
    TextDelta{.choice = 0, .text = "!", .logprobs = {}},
    ToolCallDelta{.choice = 0, .index = 0, .id = "t1", .name = "f", .arguments = {}},
    ToolCallDelta{.choice = 0, .index = 0, .id = {}, .name = {}, .arguments = "{\"a\":"},
    ToolCallDelta{.choice = 0, .index = 0, .id = {}, .name = {}, .arguments = "1}"},
    ToolCallDelta{.choice = 0, .index = 1, .id = "t2", .name = "g", .arguments = {}},
    Finished{.choice = 0, .reason = FinishReason::tool_calls},
    Usage{.prompt_tokens = 9, .cached_tokens = 4, .completion_tokens = 5}};

TEST(MessagesStream, EveryBlockIsOpenedAndClosedInOrder) {
  EXPECT_EQ(streamed(true, an_answer), R"(event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":0,"output_tokens_details":{"thinking_tokens":0}}}}

event: ping
data: {"type":"ping"}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi"}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"!"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: content_block_start
data: {"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t2","name":"g","input":{}}}

event: content_block_stop
data: {"type":"content_block_stop","index":3}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":5,"output_tokens_details":{"thinking_tokens":0}}}

event: message_stop
data: {"type":"message_stop"}

)");
}

TEST(MessagesStream, ThoughtsThatNobodyAskedForAreNotShown) {
  std::string out = streamed(false, an_answer);
  EXPECT_FALSE(out.contains("Hm")) << out;
  EXPECT_TRUE(out.contains(R"("index":0,"content_block":{"type":"text")")) << out;
}

TEST(MessagesStream, ABrokenOneEndsWithAnErrorEvent) {
  MessagesStream stream({.id = "msg_1", .model = "m"});
  std::string out;
  stream.fail(out, {.code = ErrorCode::overloaded, .message = "Full."});
  EXPECT_EQ(out,
            "event: error\n"
            R"(data: {"type":"error","error":{"type":"overloaded_error","message":"Full."}})"
            "\n\n");
}

TEST(AnthropicError, SaysThatThereAreNoThreadsInTheSdksWords) {
  EXPECT_EQ(encode_anthropic_error({.code = ErrorCode::invalid_request,
                                    .message = "No.",
                                    .reason = "thread_unsupported_request",
                                    .param = "thread"},
                                   "req_1"),
            R"({"type":"error","error":{"type":"invalid_request_error","message":"No.",)"
            R"("details":{"error_code":"thread_unsupported_request","unsupported":["thread"]}},"request_id":"req_1"})");
}

TEST(MessagesStream, SaysThatItLivesAsItSaysAtItsBeginning) {
  MessagesStream stream({.id = "msg_1", .model = "m"});
  std::string out;
  stream.append(out, Started{});
  EXPECT_TRUE(out.ends_with(stream.quiet())) << out;
  EXPECT_TRUE(stream.quiet().starts_with("event: ping\n"));
  EXPECT_EQ(out.find("event: ping\n"), out.rfind("event: ping\n")) << "one, while nothing stands still: " << out;
}

TEST(MessagesAnswer, HasBlocksAndSaysWhyItStopped) {
  MessagesAnswer answer({.id = "msg_1", .model = "m", .thoughts = true});
  for (const Event& event : an_answer) answer.add(event);
  EXPECT_EQ(
      answer.body(),
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[)"
      R"({"type":"thinking","thinking":"Hm","signature":"s"},{"type":"text","text":"Hi!"},)"
      R"({"type":"tool_use","id":"t1","name":"f","input":{"a":1}},)"
      R"({"type":"tool_use","id":"t2","name":"g","input":{}}],"stop_reason":"tool_use","stop_sequence":null,)"
      R"("usage":{"input_tokens":5,"cache_creation_input_tokens":0,"cache_read_input_tokens":4,"output_tokens":5,"output_tokens_details":{"thinking_tokens":0}}})");
  MessagesAnswer stopped({.id = "msg_1", .model = "m"});
  stopped.add(Finished{.choice = 0, .reason = FinishReason::stop, .stop_sequence = "END"});
  EXPECT_TRUE(stopped.body().contains(R"("stop_reason":"stop_sequence","stop_sequence":"END")")) << stopped.body();
}

TEST(AnthropicModels, AreAPage) {
  Catalogue catalogue;
  EXPECT_EQ(encode_anthropic_model_list(catalogue), R"({"data":[],"has_more":false,"first_id":null,"last_id":null})");
  catalogue.models["m"] = {.name = "m", .deployments = {}, .created = {}, .owner = {}};
  EXPECT_TRUE(encode_anthropic_model_list(catalogue).ends_with(R"("first_id":"m","last_id":"m"})"));
}

}  // namespace
}  // namespace entente::wire
