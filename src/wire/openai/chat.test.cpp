#include "wire/openai/chat.hpp"

#include <array>

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "wire/openai/error.hpp"

namespace entente::wire {
namespace {

std::string with(std::string_view members) {
  return std::string(R"({"model":"m","messages":[{"role":"user","content":"hi"}])") + (members.empty() ? "" : ",") +
         std::string(members) + "}";
}

TEST(ChatRequest, DefaultsAreThoseOfTheReference) {
  auto request = decode_chat_request(with(""));
  ASSERT_TRUE(request) << request.error().message;
  const Chat& chat = request->chat;
  EXPECT_EQ(chat.model, "m");
  EXPECT_EQ(text_of(chat.conversation.at(0)), "hi");
  EXPECT_EQ(chat.sampling.temperature, std::nullopt) << "left to the model";
  EXPECT_EQ(chat.sampling.top_p, std::nullopt);
  EXPECT_EQ(chat.choices, 1u);
  EXPECT_FALSE(chat.max_tokens);
  EXPECT_FALSE(request->stream);
}

TEST(ChatRequest, ReadsEveryParameter) {
  auto request = decode_chat_request(R"({"model":"m","messages":[
    {"role":"system","content":"be brief"},{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
    {"role":"assistant","content":"ok","refusal":null},{"role":"user","name":"Ada","content":"hi"}],
    "temperature":0.5,"top_p":0.9,"top_k":40,"min_p":0.05,"presence_penalty":1,"frequency_penalty":-1.5,"repetition_penalty":1.1,
    "seed":-7,"logit_bias":{"5":-100,"6":1.5},"max_completion_tokens":12,"n":3,"stop":["a","b"],"logprobs":true,"top_logprobs":5,
    "stream":true,"stream_options":{"include_usage":true},"user":"u1","metadata":{"a":"b"},"store":false,"service_tier":"auto",
    "tools":[],"response_format":{"type":"text"},"modalities":["text"],"tool_choice":"none"})");
  ASSERT_TRUE(request) << request.error().message;
  const Chat& chat = request->chat;
  EXPECT_EQ(chat.conversation.size(), 4u);
  EXPECT_EQ(chat.conversation[1].role, Role::developer);
  EXPECT_EQ(text_of(chat.conversation[1]), "ab");
  EXPECT_EQ(chat.conversation[3].name, "Ada");
  EXPECT_EQ(chat.sampling.top_k, 40u);
  EXPECT_EQ(chat.sampling.repetition_penalty, 1.1);
  EXPECT_EQ(chat.sampling.seed, static_cast<std::uint64_t>(-7));
  EXPECT_EQ(chat.sampling.logit_bias.at(5), -100);
  EXPECT_EQ(chat.max_tokens, 12u);
  EXPECT_EQ(chat.choices, 3u);
  EXPECT_EQ(chat.stop, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(chat.top_logprobs, 5u);
  EXPECT_TRUE(request->stream && request->include_usage);
  EXPECT_EQ(chat.end_user, "u1");
  EXPECT_EQ(envelope_of(Work(chat)).subject, "u1");
}

TEST(ChatRequest, ReadsAConversationWithToolsAndImages) {
  auto request = decode_chat_request(R"({"model":"m","reasoning_effort":"xhigh","parallel_tool_calls":false,"messages":[
    {"role":"user","content":[{"type":"text","text":"What is this?"},
      {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO","detail":"low"}},
      {"type":"image_url","image_url":{"url":"https://example.org/a.png"}}]},
    {"role":"assistant","content":null,"reasoning_content":"Let me see.","tool_calls":[
      {"id":"c1","type":"function","function":{"name":"look","arguments":"{\"at\": 1}"}},
      {"id":"c2","type":"function","function":{"name":"wait","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"do"},{"type":"text","text":"ne"}]},
    {"role":"tool","tool_call_id":"c1","content":"a cat"}],
    "tools":[{"type":"function","function":{"name":"look","description":"Looks.","strict":true,
      "parameters":{"type":"object","properties":{"at":{"type":"integer","minimum":1}}}}},
      {"type":"function","function":{"name":"wait"}}],
    "tool_choice":{"type":"function","function":{"name":"look"}},
    "response_format":{"type":"json_schema","json_schema":{"name":"r","strict":true,"schema":{"type":"object"}}}})");
  ASSERT_TRUE(request) << request.error().message;
  const Chat& chat = request->chat;
  using Parts = std::vector<Part>;
  EXPECT_EQ(chat.conversation[0].parts,
            (Parts{TextPart{"What is this?"},
                   ImagePart{.url = {}, .media_type = "image/png", .bytes = "\x89PN", .detail = "low"},
                   ImagePart{.url = "https://example.org/a.png", .media_type = {}, .bytes = {}, .detail = {}}}));
  EXPECT_EQ(chat.conversation[1].parts, (Parts{ReasoningPart{"Let me see.", {}}, ToolCall{"c1", "look", R"({"at": 1})"},
                                               ToolCall{"c2", "wait", "{}"}}));
  EXPECT_EQ(chat.conversation[2].role, Role::tool);
  EXPECT_EQ(chat.conversation[2].parts, (Parts{ToolResult{.call = "c2", .text = "done"}}));
  ASSERT_EQ(chat.tooling.tools.size(), 2u);
  EXPECT_EQ(chat.tooling.tools[0].parameters,
            R"({"type":"object","properties":{"at":{"type":"integer","minimum":1}}})");
  EXPECT_TRUE(chat.tooling.tools[0].strict);
  EXPECT_EQ(chat.tooling.tools[1].parameters, "");
  EXPECT_EQ(chat.tooling.use, ToolUse::required);
  EXPECT_EQ(chat.tooling.allowed, std::vector<std::string>{"look"});
  EXPECT_FALSE(chat.tooling.parallel);
  EXPECT_EQ(chat.format.kind, AnswerFormat::Kind::json_schema);
  EXPECT_EQ(chat.format.schema, R"({"type":"object"})");
  EXPECT_EQ(chat.reasoning_effort, ReasoningEffort::high);
  EXPECT_EQ(envelope_of(Work(chat)).needs, (Needs{.tools = true, .schema = true, .vision = true}));
}

TEST(ChatRequest, SaysWhichToolsMayBeCalled) {
  auto tooling = [](std::string_view choice) {
    auto request = decode_chat_request(
        with(R"("tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],)"
             R"("tool_choice":)" +
             std::string(choice)));
    EXPECT_TRUE(request) << request.error().message;
    return request ? request->chat.tooling : Tooling{};
  };
  EXPECT_EQ(tooling(R"("none")").use, ToolUse::none);
  EXPECT_FALSE(tooling(R"("none")").may_call());
  EXPECT_EQ(tooling(R"("auto")").use, ToolUse::automatic);
  EXPECT_EQ(tooling(R"("required")").use, ToolUse::required);
  Tooling some = tooling(
      R"({"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}})");
  EXPECT_EQ(some.use, ToolUse::automatic);
  EXPECT_EQ(some.allowed, std::vector<std::string>{"g"});
}

struct Bad {
  const char* body;
  const char* param;
  const char* code;
};

class ChatRequestRefuses : public testing::TestWithParam<Bad> {};

TEST_P(ChatRequestRefuses, AndNamesTheParameter) {
  auto request = decode_chat_request(GetParam().body);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, ErrorCode::invalid_request);
  EXPECT_EQ(request.error().param, GetParam().param) << request.error().message;
  EXPECT_EQ(openai_code(request.error()), GetParam().code) << request.error().message;
  EXPECT_TRUE(request.error().message.ends_with('.') || request.error().message.ends_with('?'))
      << request.error().message;
}

#define ONE R"("model":"m","messages":[{"role":"user","content":"hi"}])"
INSTANTIATE_TEST_SUITE_P(
    Table, ChatRequestRefuses,
    testing::Values(
        Bad{"[]", "", "invalid_type"}, Bad{"{", "", "invalid_json"},
        Bad{R"({"model":"m","model":"m","messages":[]})", "model", "invalid_json"},
        Bad{R"({"messages":[{"role":"user","content":"hi"}]})", "model", "missing_required_parameter"},
        Bad{R"({"model":5,"messages":[]})", "model", "invalid_type"},
        Bad{R"({"model":"m"})", "messages", "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[]})", "messages", "empty_array"},
        Bad{R"({"model":"m","messages":"hi"})", "messages", "invalid_type"},
        Bad{R"({"model":"m","messages":["hi"]})", "messages[0]", "invalid_type"},
        Bad{R"({"model":"m","messages":[{"content":"hi"}]})", "messages[0].role", "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"wizard","content":"hi"}]})", "messages[0].role", "invalid_value"},
        Bad{R"({"model":"m","messages":[{"role":"function","content":"hi"}]})", "messages[0].role", "invalid_value"},
        Bad{R"({"model":"m","messages":[{"role":"tool","content":"hi"}]})", "messages[0].tool_call_id",
            "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"tool","tool_call_id":"c","content":"hi"}]})",
            "messages[0].tool_call_id", "invalid_value"},
        Bad{R"({"model":"m","messages":[{"role":"assistant"}]})", "messages[0].content", "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"c"}]}]})",
            "messages[0].tool_calls[0].function", "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"user","tool_calls":[],"content":"a"}]})", "messages[0].tool_calls",
            "unknown_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"user"}]})", "messages[0].content", "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":7}]})", "messages[0].content", "invalid_type"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":[]}]})", "messages[0].content", "invalid_value"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url"}]}]})",
            "messages[0].content[0].image_url", "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,!"}}]}]})",
            "messages[0].content[0].image_url.url", "invalid_value"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":""}}]}]})",
            "messages[0].content[0].image_url.url", "invalid_value"},
        Bad{R"({"model":"m","messages":[{"role":"system","content":[{"type":"image_url","image_url":{"url":"x"}}]}]})",
            "messages[0].content[0].type", "invalid_value"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{}}]}]})",
            "messages[0].content[0].type", "unsupported_value"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]})", "messages[0].content[0].text",
            "missing_required_parameter"},
        Bad{R"({"model":"m","messages":[{"role":"user","content":"a","colour":1}]})", "messages[0].colour",
            "unknown_parameter"},
        Bad{"{" ONE R"(,"temperature":2.1})", "temperature", "invalid_value"},
        Bad{"{" ONE R"(,"temperature":"hot"})", "temperature", "invalid_type"},
        Bad{"{" ONE R"(,"top_p":-0.1})", "top_p", "invalid_value"}, Bad{"{" ONE R"(,"n":0})", "n", "invalid_value"},
        Bad{"{" ONE R"(,"n":1.5})", "n", "invalid_type"},
        Bad{"{" ONE R"(,"max_tokens":0})", "max_tokens", "invalid_value"},
        Bad{"{" ONE R"(,"max_tokens":5,"max_completion_tokens":6})", "max_tokens", "invalid_value"},
        Bad{"{" ONE R"(,"presence_penalty":-3})", "presence_penalty", "invalid_value"},
        Bad{"{" ONE R"(,"frequency_penalty":3})", "frequency_penalty", "invalid_value"},
        Bad{"{" ONE R"(,"stop":["a","b","c","d","e"]})", "stop", "invalid_value"},
        Bad{"{" ONE R"(,"stop":""})", "stop", "invalid_value"}, Bad{"{" ONE R"(,"stop":[1]})", "stop", "invalid_type"},
        Bad{"{" ONE R"(,"logit_bias":{"x":1}})", "logit_bias", "invalid_value"},
        Bad{"{" ONE R"(,"logit_bias":{"1":101}})", "logit_bias", "invalid_value"},
        Bad{"{" ONE R"(,"logit_bias":{"1":18446744073709551615}})", "logit_bias", "invalid_value"},
        Bad{"{" ONE R"(,"logit_bias":{"1":1,"01":2}})", "logit_bias", "invalid_value"},
        Bad{"{" ONE R"(,"logit_bias":[1]})", "logit_bias", "invalid_type"},
        Bad{"{" ONE R"(,"top_logprobs":3})", "top_logprobs", "invalid_value"},
        Bad{"{" ONE R"(,"logprobs":true,"top_logprobs":21})", "top_logprobs", "invalid_value"},
        Bad{"{" ONE R"(,"seed":"x"})", "seed", "invalid_type"},
        Bad{"{" ONE R"(,"seed":18446744073709551615})", "seed", "invalid_value"},
        Bad{"{" ONE R"(,"stream":"yes"})", "stream", "invalid_type"},
        Bad{"{" ONE R"(,"stream_options":{"include_usage":true}})", "stream_options", "invalid_value"},
        Bad{"{" ONE R"(,"stream":true,"stream_options":{"include_usge":true}})", "stream_options.include_usge",
            "unknown_parameter"},
        Bad{"{" ONE R"(,"tools":[{"type":"function"}]})", "tools[0].function", "missing_required_parameter"},
        Bad{"{" ONE R"(,"tools":[{"type":"custom","custom":{"name":"f"}}]})", "tools[0].type", "unsupported_value"},
        Bad{"{" ONE R"(,"tools":[{"type":"function","function":{"name":"a b"}}]})", "tools[0].function.name",
            "invalid_value"},
        Bad{"{" ONE R"(,"tools":[{"type":"function","function":{"name":"f","parameters":"{}"}}]})",
            "tools[0].function.parameters", "invalid_type"},
        Bad{"{" ONE
            R"(,"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"f"}}]})",
            "tools", "invalid_value"},
        Bad{"{" ONE R"(,"functions":[{"name":"f"}]})", "functions", "unsupported_parameter"},
        Bad{"{" ONE R"(,"tool_choice":"required"})", "tool_choice", "invalid_value"},
        Bad{"{" ONE R"(,"tool_choice":"sometimes"})", "tool_choice", "invalid_value"},
        Bad{"{" ONE R"(,"tool_choice":{"type":"function","function":{"name":"f"}}})", "tool_choice", "invalid_value"},
        Bad{"{" ONE R"(,"response_format":{"type":"xml"}})", "response_format.type", "invalid_value"},
        Bad{"{" ONE R"(,"response_format":{"type":"json_schema"}})", "response_format.json_schema",
            "missing_required_parameter"},
        Bad{"{" ONE R"(,"response_format":{"type":"json_schema","json_schema":{"name":"a"}}})",
            "response_format.json_schema.schema", "missing_required_parameter"},
        Bad{"{" ONE R"(,"reasoning_effort":"lots"})", "reasoning_effort", "invalid_value"},
        Bad{"{" ONE R"(,"store":true})", "store", "unsupported_value"},
        Bad{"{" ONE R"(,"min_p":2})", "min_p", "invalid_value"},
        Bad{"{" ONE R"(,"top_k":-1})", "top_k", "invalid_value"},
        Bad{"{" ONE R"(,"temperatur":1})", "temperatur", "unknown_parameter"}));

TEST(ChatRequest, TakesWhatSdksSendWhereItAsksForNothing) {
  for (std::string_view harmless :
       {R"("prompt_cache_options":{"mode":"explicit","ttl":"30m"})", R"("safe_prompt":false)", R"("prompt_mode":null)",
        R"("guardrails":[])", R"("min_tokens":0)", R"("prompt_logprobs":false,"top_prompt_logprobs":0)"}) {
    auto request = decode_chat_request(with(harmless));
    EXPECT_TRUE(request) << request.error().message;
  }
  auto request = decode_chat_request(
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a","prompt_cache_breakpoint":{"mode":"explicit"}}]}]})");
  EXPECT_TRUE(request) << request.error().message;
}

TEST(ChatRequest, SaysByNameWhatItDoesNotDo) {
  for (auto [asked, what, way] : std::initializer_list<std::array<std::string_view, 3>>{
           {R"("moderation":{"model":"omni-moderation-latest"})", "moderation", "/v1/moderations"},
           {R"("guardrails":[{"block_on_error":true}])", "guardrails", "/v1/moderations"},
           {R"("prompt_logprobs":true)", "prompt_logprobs", "/v1/completions"},
           {R"("top_prompt_logprobs":2)", "top_prompt_logprobs", "/v1/completions"}}) {
    auto request = decode_chat_request(with(asked));
    ASSERT_FALSE(request) << asked;
    EXPECT_EQ(request.error().param, what);
    EXPECT_EQ(request.error().reason, "unsupported_parameter");
    EXPECT_TRUE(request.error().message.contains(way)) << request.error().message;
  }
}

TEST(ChatRequest, PassesWhatOnlyOthersMayUnderstand) {
  auto request =
      decode_chat_request(with(R"("x_trace":{"b":[1,2.5,null],"a":"x"},"min_tokens":5,"safe_prompt":false)"));
  ASSERT_TRUE(request) << request.error().message;
  const PassedFields* passed = request->chat.passed.get();
  ASSERT_TRUE(passed);
  EXPECT_EQ(passed->dialect, "openai chat");
  ASSERT_EQ(passed->fields.size(), 2u) << "what asks for nothing is nothing";
  EXPECT_EQ(passed->fields[0].name, "x_trace");
  EXPECT_EQ(passed->fields[0].value, R"({"b":[1,2.5,null],"a":"x"})");
  EXPECT_FALSE(passed->fields[0].classed);
  EXPECT_EQ(passed->fields[1].name, "min_tokens");
  EXPECT_TRUE(passed->fields[1].classed);
  EXPECT_EQ(passed->refusal.message, "Unknown parameter: 'x_trace'. Remove it.");
  EXPECT_EQ(passed->refusal.code, ErrorCode::unsupported);
  EXPECT_FALSE(decode_chat_request(with(R"("seed":1)"))->chat.passed);

  // Servers that fold letters would take these for what they are not.
  for (std::string_view folded : {"MODEL", "MESSAGES", "Max_Tokens", "STREAM", "\u017ftream", "a b", ""}) {
    auto refused = decode_chat_request(with("\"" + std::string(folded) + "\":1"));
    ASSERT_FALSE(refused) << folded;
    EXPECT_EQ(refused.error().reason, "unknown_parameter");
  }

  std::string many;
  for (int i = 0; i < 65; ++i) many += (i ? ",\"zz" : "\"zz") + std::to_string(i) + "\":1";
  EXPECT_FALSE(decode_chat_request(with(many)));
  EXPECT_FALSE(decode_chat_request(with("\"" + std::string(65, 'z') + "\":1")));
}

TEST(ChatRequest, QuotesLongTextsWithoutCuttingACharacter) {
  std::string e_acute;
  for (int i = 0; i < 50; ++i) e_acute += "\u00e9";
  for (const std::string& body : {with("\"x" + e_acute + "\":1"), with("\"logit_bias\":{\"x" + e_acute + "\":1}"),
                                  with("\"y\":{\"x" + e_acute + "\":1,\"x" + e_acute + "\":1}"),
                                  R"({"model":"m","messages":[{"content":"","role":"x)" + e_acute + "\"}]}"}) {
    auto request = decode_chat_request(body);
    ASSERT_FALSE(request);
    EXPECT_EQ(find_invalid_utf8(request.error().message + request.error().param), std::string::npos)
        << request.error().message;
  }
}

TEST(ChatRequest, SuggestsTheParameterThatWasMeant) {
  auto request = decode_chat_request(with(R"("temprature":1)"));
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().message, "Unknown parameter: 'temprature'. Did you mean 'temperature'?");
}

AnswerHead head() { return {.id = "chatcmpl-1", .created = 7, .model = "m"}; }

TEST(ChatChunks, WriteTheFramesThatSdksExpect) {
  ChatChunks chunks(head(), 1, true);
  std::string out;
  chunks.append(out, Started{});
  chunks.append(out, TextDelta{.choice = 0, .text = "é\n", .logprobs = {}});
  chunks.append(out, Finished{.choice = 0, .reason = FinishReason::length});
  chunks.append(out, Usage{.prompt_tokens = 3, .completion_tokens = 2});
  chunks.end(out);
  const std::string start =
      R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"m","system_fingerprint":null,"choices":[)";
  EXPECT_EQ(
      out,
      start +
          R"({"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null})"
          "\n\n" +
          start +
          R"({"index":0,"delta":{"content":"é\n"},"logprobs":null,"finish_reason":null}],"usage":null})"
          "\n\n" +
          start +
          R"({"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null})"
          "\n\n" +
          start +
          R"(],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":0},)"
          R"("completion_tokens_details":{"reasoning_tokens":0}}})"
          "\n\ndata: [DONE]\n\n");
}

TEST(ChatChunks, ACallBeginsWithItsNameAndItsArgumentsFollow) {
  ChatChunks chunks(head(), 1, false);
  std::string out;
  chunks.append(out, ReasoningDelta{.choice = 0, .text = "Hm."});
  chunks.append(out, ToolCallDelta{.choice = 0, .index = 1, .id = "call_1", .name = "f", .arguments = {}});
  chunks.append(out, ToolCallDelta{.choice = 0, .index = 1, .id = {}, .name = {}, .arguments = "{\"a\""});
  chunks.append(out, Finished{.choice = 0, .reason = FinishReason::tool_calls});
  EXPECT_TRUE(out.contains(R"("delta":{"reasoning_content":"Hm."})")) << out;
  EXPECT_TRUE(out.contains(
      R"("delta":{"tool_calls":[{"index":1,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}]})"))
      << out;
  EXPECT_TRUE(out.contains(R"("delta":{"tool_calls":[{"index":1,"function":{"arguments":"{\"a\""}}]})")) << out;
  EXPECT_TRUE(out.contains(R"("finish_reason":"tool_calls")")) << out;
}

TEST(ChatCompletion, GathersCallsAndThoughts) {
  ChatCompletion completion(head(), 1);
  completion.add(ReasoningDelta{.choice = 0, .text = "Hm."});
  completion.add(ToolCallDelta{.choice = 0, .index = 0, .id = "call_1", .name = "f", .arguments = {}});
  completion.add(ToolCallDelta{.choice = 0, .index = 0, .id = {}, .name = {}, .arguments = "{}"});
  completion.add(ToolCallDelta{.choice = 0, .index = 1, .id = "call_2", .name = "g", .arguments = "{"});
  completion.add(ToolCallDelta{.choice = 0, .index = 1, .id = {}, .name = {}, .arguments = "}"});
  completion.add(Finished{.choice = 0, .reason = FinishReason::tool_calls});
  EXPECT_TRUE(completion.body().contains(
      R"("message":{"role":"assistant","content":null,"refusal":null,"reasoning_content":"Hm.","tool_calls":[)"
      R"({"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}},)"
      R"({"id":"call_2","type":"function","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,)"
      R"("finish_reason":"tool_calls")"))
      << completion.body();
}

TEST(ChatChunks, WithoutIncludeUsageNoChunkSpeaksOfUsage) {
  ChatChunks chunks(head(), 1, false);
  std::string out;
  chunks.append(out, Started{});
  chunks.append(out, Usage{.prompt_tokens = 3});
  EXPECT_EQ(out.find("usage"), std::string::npos);
}

TEST(ChatChunks, EveryChoiceBeginsWithItsRole) {
  ChatChunks chunks(head(), 2, false);
  std::string out;
  chunks.append(out, Started{});
  EXPECT_NE(out.find(R"("index":0,"delta":{"role":"assistant")"), std::string::npos);
  EXPECT_NE(out.find(R"("index":1,"delta":{"role":"assistant")"), std::string::npos);
}

TEST(ChatChunks, CarryLogprobsWhenTheyWereAskedFor) {
  AnswerHead with_logprobs = head();
  with_logprobs.logprobs = true;
  // Half of é: what a client sees as text waits for the other half, the bytes do not.
  TextDelta delta{
      .choice = 1, .text = "", .logprobs = {{.chosen = {"\xC3", -1.5}, .top = {{"\xC3", -1.5}, {"a", -2}}}}};
  std::string out;
  ChatChunks(with_logprobs, 2, false).append(out, delta);
  EXPECT_TRUE(out.contains(R"("choices":[{"index":1,"delta":{"content":""},"logprobs":{"content":[{"token":"�",)"
                           R"("logprob":-1.5,"bytes":[195],"top_logprobs":[{"token":"�","logprob":-1.5,"bytes":[195]},)"
                           R"({"token":"a","logprob":-2,"bytes":[97]}]}],"refusal":null},"finish_reason":null}]})"))
      << out;
  out.clear();
  ChatChunks(head(), 2, false).append(out, delta);
  EXPECT_TRUE(out.contains(R"("logprobs":null)")) << out;
}

TEST(ChatChunks, ABrokenStreamEndsWithAnErrorObjectAndWithoutDone) {
  std::string out;
  ChatChunks(head(), 1, true).fail(out, {.code = ErrorCode::unavailable, .message = "The engine stopped."});
  EXPECT_EQ(
      out,
      R"(data: {"error":{"message":"The engine stopped.","type":"server_error","param":null,"code":"unavailable"}})"
      "\n\n");
}

TEST(ChatCompletion, GathersChoicesLogprobsAndUsage) {
  AnswerHead with_logprobs = head();
  with_logprobs.logprobs = true;
  ChatCompletion completion(with_logprobs, 2);
  completion.add(TextDelta{.choice = 1, .text = "b", .logprobs = {}});
  completion.add(TextDelta{.choice = 0, .text = "a", .logprobs = {{.chosen = {"a", -0.5}, .top = {{"a", -0.5}}}}});
  completion.add(Finished{.choice = 0, .reason = FinishReason::stop});
  completion.add(Finished{.choice = 1, .reason = FinishReason::length});
  completion.add(Usage{.prompt_tokens = 1, .completion_tokens = 2});
  EXPECT_EQ(
      completion.body(),
      R"({"id":"chatcmpl-1","object":"chat.completion","created":7,"model":"m","system_fingerprint":null,"choices":[)"
      R"({"index":0,"message":{"role":"assistant","content":"a","refusal":null},"logprobs":{"content":[{"token":"a","logprob":-0.5,)"
      R"("bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5,"bytes":[97]}]}],"refusal":null},"finish_reason":"stop"},)"
      R"({"index":1,"message":{"role":"assistant","content":"b","refusal":null},"logprobs":{"content":[],"refusal":null},)"
      R"("finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,)"
      R"("prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})");
}

TEST(OpenAiError, HasAStringCodeAndAParam) {
  EXPECT_EQ(encode_openai_error(
                {.code = ErrorCode::not_found, .message = "No.", .reason = "model_not_found", .param = "model"}),
            R"({"error":{"message":"No.","type":"invalid_request_error","param":"model","code":"model_not_found"}})");
  EXPECT_EQ(encode_openai_error({.code = ErrorCode::unauthenticated, .message = "No."}),
            R"({"error":{"message":"No.","type":"authentication_error","param":null,"code":"invalid_api_key"}})");
}

}  // namespace
}  // namespace entente::wire
