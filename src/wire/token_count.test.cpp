// How many tokens a conversation has: what each maker is asked, and one number from its answer or a bad reply.
#include "wire/token_count.hpp"

#include <gtest/gtest.h>

#include "wire/anthropic/messages_call.hpp"
#include "wire/bedrock/converse_call.hpp"
#include "wire/gemini/generate_call.hpp"
#include "wire/openai/input_tokens_call.hpp"
#include "wire/test_reply.hpp"

namespace entente::wire {
namespace {

TEST(TokenCountReply, SaysTheNumberAndThatNothingWasUsedHoweverItIsCut) {
  for (std::size_t fragment : replay_fragments) {
    TokenCountReply decoder("totalTokens");
    EXPECT_EQ(replay(decoder, R"({"totalTokens": 31, "promptTokensDetails": [{"tokenCount": 31}]})", fragment),
              (std::vector<std::string>{"started", "counted 31", "usage 0 (0 cached) 0 (0 thought)"}));
  }
}

TEST(TokenCountReply, WhatSaysNoNumberIsABadReply) {
  std::string long_one = R"({"input_tokens":1,"x":")" + std::string(70'000, 'x') + "\"}";
  for (std::string_view document : std::initializer_list<std::string_view>{
           R"({"tokens":1})", R"({"input_tokens":-1})", R"({"input_tokens":"1"})", R"({"input_tokens":1.5})",
           R"({"input_tokens":99999999999999999999})", R"({"input_tokens":1)", "", "null", "[1]", R"({"error":{}})",
           long_one}) {
    TokenCountReply decoder("input_tokens");
    EXPECT_EQ(replay(decoder, document, 7000).back(), "failed: bad_reply") << document.substr(0, 60);
  }
}

TEST(TokenCountAnswer, HasTheNumberThatCame) {
  TokenCountAnswer answer([](std::int64_t tokens) { return std::to_string(tokens); });
  answer.add(Started{});
  answer.add(Counted{7});
  answer.add(Usage{});
  EXPECT_EQ(answer.body(), "7");
}

// A conversation with a bit of everything that a model reads, and much that only an answer needs.
Chat everything() {
  Conversation conversation;
  conversation.push_back(said(Role::system, "Be brief."));
  conversation.push_back(
      {.role = Role::user,
       .parts = {TextPart{"Where?"}, ImagePart{.url = {}, .media_type = "image/png", .bytes = "abc", .detail = "low"}},
       .name = {}});
  conversation.push_back(
      {.role = Role::assistant,
       .parts = {ReasoningPart{"hm", "", false}, TextPart{"Let me look."}, ToolCall{"c1", "find", R"({"q":1})"}},
       .name = {}});
  conversation.push_back({.role = Role::tool, .parts = {ToolResult{.call = "c1", .text = "here"}}, .name = {}});
  Chat chat{.model = "assistant", .conversation = std::move(conversation)};
  chat.tooling.tools.push_back(
      {.name = "find", .description = "d", .parameters = R"({"type":"object"})", .strict = false});
  chat.sampling.temperature = 0.5;
  chat.max_tokens = 100;
  chat.stop = {"x"};
  chat.end_user = "u";
  return chat;
}

TEST(CountCalls, AskOnlyAboutWhatAModelReads) {
  Chat chat = everything();
  EXPECT_EQ(encode_messages_count(chat, "m"),
            R"({"model":"m","system":[{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":[)"
            R"({"type":"text","text":"Where?"},{"type":"image","source":{"type":"base64","media_type":"image/png",)"
            R"("data":"YWJj"}}]},{"role":"assistant","content":[{"type":"text","text":"Let me look."},)"
            R"({"type":"tool_use","id":"c1","name":"find","input":{"q":1}}]},{"role":"user","content":[)"
            R"({"type":"tool_result","tool_use_id":"c1","content":"here"}]}],"tools":[{"name":"find",)"
            R"("description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto"}})");
  EXPECT_EQ(encode_generate_count(chat, "m"),
            R"({"generateContentRequest":{"model":"models/m","systemInstruction":{"parts":[{"text":"Be brief."}]},)"
            R"("contents":[{"role":"user","parts":[{"text":"Where?"},{"inlineData":{"mimeType":"image/png",)"
            R"("data":"YWJj"}}]},{"role":"model","parts":[{"text":"Let me look."},{"functionCall":{"name":"find",)"
            R"("args":{"q":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"find","response":)"
            R"({"output":"here"}}}]}],"tools":[{"functionDeclarations":[{"name":"find","description":"d",)"
            R"("parametersJsonSchema":{"type":"object"}}]}]}})");
  EXPECT_EQ(encode_converse_count(chat),
            R"({"input":{"converse":{"system":[{"text":"Be brief."}],"messages":[{"role":"user","content":[)"
            R"({"text":"Where?"},{"image":{"format":"png","source":{"bytes":"YWJj"}}}]},{"role":"assistant",)"
            R"("content":[{"text":"Let me look."},{"toolUse":{"toolUseId":"c1","name":"find","input":{"q":1}}}]},)"
            R"({"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"here"}]}}]}],)"
            R"("toolConfig":{"tools":[{"toolSpec":{"name":"find","description":"d","inputSchema":{"json":)"
            R"({"type":"object"}}}}]}}}})");
  EXPECT_EQ(encode_input_tokens_call(chat, "m"),
            R"({"model":"m","input":[{"role":"system","content":[{"type":"input_text","text":"Be brief."}]},)"
            R"({"role":"user","content":[{"type":"input_text","text":"Where?"},{"type":"input_image",)"
            R"("image_url":"data:image/png;base64,YWJj","detail":"low"}]},{"role":"assistant","content":[)"
            R"({"type":"output_text","text":"Let me look."}]},{"type":"function_call","call_id":"c1","name":"find",)"
            R"("arguments":"{\"q\":1}"},{"type":"function_call_output","call_id":"c1","output":"here"}],"tools":[)"
            R"({"type":"function","name":"find","description":"d","parameters":{"type":"object"},"strict":false}],)"
            R"("tool_choice":"auto"})");
}

TEST(CountCalls, SayWhichToolsMayBeCalledAndWhatShapeTheAnswerHas) {
  Chat chat{.model = "assistant", .conversation = {said(Role::user, "Hi")}};
  chat.tooling.tools = {{.name = "a", .description = {}, .parameters = {}, .strict = true},
                        {.name = "b", .description = {}, .parameters = {}, .strict = false}};
  chat.tooling.allowed = {"a"};
  chat.tooling.parallel = false;
  chat.format = {.kind = AnswerFormat::Kind::json_schema, .name = {}, .schema = R"({"type":"object"})", .strict = true};
  chat.reasoning_effort = ReasoningEffort::low;
  std::string tools =
      R"({"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]}],"tools":[)"
      R"({"type":"function","name":"a","parameters":{"type":"object","properties":{}},"strict":true},)"
      R"({"type":"function","name":"b","parameters":{"type":"object","properties":{}},"strict":false}],)";
  std::string rest = R"("parallel_tool_calls":false,"text":{"format":{"type":"json_schema","name":"answer",)"
                     R"("schema":{"type":"object"},"strict":true}},"reasoning":{"effort":"low"}})";
  EXPECT_EQ(encode_input_tokens_call(chat, "m"),
            tools +
                R"("tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"a"}]},)" +
                rest);
  chat.tooling.use = ToolUse::required;
  EXPECT_EQ(encode_input_tokens_call(chat, "m"), tools + R"("tool_choice":{"type":"function","name":"a"},)" + rest);
}

}  // namespace
}  // namespace entente::wire
