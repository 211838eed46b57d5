#include "wire/openai/responses.hpp"

#include <algorithm>
#include <format>

#include <gtest/gtest.h>

#include "wire/json.hpp"

namespace entente::wire {
namespace {

std::string with(std::string_view more) { return R"({"model":"m","input":"Hi",)" + std::string(more) + "}"; }

TEST(ResponsesRequest, ATextIsAMessageOfTheUser) {
  auto request = decode_responses_request(with(R"("instructions":"Be brief.","max_output_tokens":9,"stream":true,
    "reasoning":{"effort":"low"},"text":{"format":{"type":"json_schema","name":"a","schema":{"type":"object"},"strict":true}},
    "include":["message.output_text.logprobs"],"top_logprobs":2,"previous_response_id":"resp_1","store":false,"user":"old","safety_identifier":"u1")"));
  ASSERT_TRUE(request) << request.error().message;
  ASSERT_EQ(request->chat.conversation.size(), 2u);
  EXPECT_EQ(request->chat.conversation[0].role, Role::system);
  EXPECT_EQ(text_of(request->chat.conversation[1]), "Hi");
  EXPECT_TRUE(request->stream && request->instructed && request->chat.logprobs && request->chat.format.strict);
  EXPECT_EQ(request->chat.max_tokens, 9u);
  EXPECT_EQ(envelope_of(Work(request->chat)).subject, "u1");
  EXPECT_EQ(request->chat.top_logprobs, 2u);
  EXPECT_EQ(request->chat.reasoning_effort, ReasoningEffort::low);
  EXPECT_EQ(request->previous, "resp_1");
  EXPECT_EQ(request->store, false);
  ASSERT_EQ(request->input.size(), 1u);
  EXPECT_EQ(request->input[0].id, "item_0");
  EXPECT_EQ(request->input[0].json,
            R"({"id":"item_0","type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]})");
}

TEST(ResponsesRequest, ItemsOfOneTurnAreOneMessage) {
  auto request = decode_responses_request(R"({"model":"m","input":[
    {"role":"developer","content":[{"type":"input_text","text":"Short."}]},
    {"type":"message","role":"user","content":[{"type":"input_text","text":"Look:"},
      {"type":"input_image","image_url":"data:image/png;base64,aGk=","detail":"low"}]},
    {"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}],"encrypted_content":null},
    {"type":"message","id":"msg_1","status":"completed","role":"assistant",
      "content":[{"type":"output_text","text":"So.","annotations":[],"logprobs":[]}]},
    {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{}","status":"completed"},
    {"type":"custom_tool_call","call_id":"c2","name":"g","input":"a\"b"},
    {"type":"function_call_output","call_id":"c1","output":"1"},
    {"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"}]}],
    "tools":[{"type":"function","name":"f","parameters":{"type":"object"}},
      {"type":"custom","name":"g","format":{"type":"grammar","syntax":"lark","definition":"start: X"}},
      {"type":"web_search","external_web_access":false}],
    "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}})");
  ASSERT_TRUE(request) << request.error().message;
  const Conversation& conversation = request->chat.conversation;
  ASSERT_EQ(conversation.size(), 5u);
  EXPECT_EQ(conversation[1].parts,
            (std::vector<Part>{TextPart{"Look:"},
                               ImagePart{.url = {}, .media_type = "image/png", .bytes = "hi", .detail = "low"}}));
  EXPECT_EQ(conversation[2].parts,
            (std::vector<Part>{ReasoningPart{.text = "Hm.", .signature = {}}, TextPart{"So."},
                               ToolCall{.id = "c1", .name = "f", .arguments = "{}"},
                               ToolCall{.id = "c2", .name = "g", .arguments = R"({"input":"a\"b"})"}}));
  EXPECT_EQ(conversation[4].parts, (std::vector<Part>{ToolResult{.call = "c2", .text = "2"}}));
  EXPECT_TRUE(check_response_outputs(conversation));
  EXPECT_EQ(request->custom, std::set<std::string>{"g"});
  ASSERT_EQ(request->chat.tooling.tools.size(), 2u) << "a search of the web is left out";
  EXPECT_TRUE(request->chat.tooling.tools[1].description.contains("start: X"));
  auto told = std::ranges::find(request->repeated, std::string("tools"), &std::pair<std::string, std::string>::first);
  ASSERT_NE(told, request->repeated.end());
  EXPECT_FALSE(told->second.contains("web_search")) << "and said to be";
}

TEST(ResponsesRequest, AToolOfANamespaceHasOneNameForTheModel) {
  auto request = decode_responses_request(R"({"model":"m","input":[
    {"role":"user","content":"Hi"},
    {"type":"function_call","call_id":"c1","namespace":"crm","name":"find","arguments":"{}"},
    {"type":"function_call_output","call_id":"c1","output":"1"}],
    "tools":[{"type":"function","name":"find"},{"type":"tool_search","execution":"server"},
      {"type":"namespace","name":"crm","description":"Customers.","tools":[
        {"type":"function","name":"find","description":"Finds one.","defer_loading":true,"parameters":{"type":"object"}},
        {"type":"custom","name":"note"}]}],
    "tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"namespace","name":"crm"}]}})");
  ASSERT_TRUE(request) << request.error().message;
  const Tooling& tooling = request->chat.tooling;
  ASSERT_EQ(tooling.tools.size(), 3u) << "a search of tools is left out";
  EXPECT_EQ(tooling.tools[0].name, "find");
  EXPECT_EQ(tooling.tools[1].name, "crm__find");
  EXPECT_EQ(tooling.tools[1].description, "Customers.\nFinds one.");
  EXPECT_EQ(tooling.allowed, (std::vector<std::string>{"crm__find", "crm__note"}));
  EXPECT_EQ(request->custom, std::set<std::string>{"crm__note"});
  EXPECT_EQ(std::get<ToolCall>(request->chat.conversation[1].parts[0]).name, "crm__find");

  ResponsesHead head{
      .id = "resp_1", .created = 7, .model = "m", .custom = request->custom, .spaced = request->spaced, .repeated = {}};
  ResponsesStream stream(head);
  std::string out;
  for (const Event& event : std::vector<Event>{
           Started{}, ToolCallDelta{.choice = 0, .index = 0, .id = "c1", .name = "crm__find", .arguments = "{}"},
           ToolCallDelta{.choice = 0, .index = 1, .id = "c2", .name = "find", .arguments = "{}"},
           ToolCallDelta{.choice = 0, .index = 2, .id = "c3", .name = "crm__note", .arguments = R"({"input":"x"})"},
           Finished{.choice = 0, .reason = FinishReason::tool_calls}}) {
    stream.append(out, event);
  }
  stream.end(out);
  EXPECT_TRUE(out.contains(R"("call_id":"c1","name":"find","namespace":"crm","arguments":"{}")")) << out;
  EXPECT_TRUE(out.contains(R"("call_id":"c2","name":"find","arguments":"{}")"));
  EXPECT_TRUE(
      out.contains(R"("type":"custom_tool_call","status":"completed","call_id":"c3","name":"note","namespace":"crm")"));
  EXPECT_FALSE(out.contains("crm__"));
}

TEST(ResponsesRequest, LongNamesOfNamespacesFitEveryMaker) {
  std::string space(60, 's'), tool(20, 't'), longest(64, 'u');
  auto request = decode_responses_request(with(std::format(
      R"("tools":[{{"type":"namespace","name":"{}","tools":[{{"type":"function","name":"{}"}},{{"type":"function","name":"{}"}}]}}])",
      space, tool, longest)));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->chat.tooling.tools[0].name, std::string(42, 's') + "__" + tool);
  EXPECT_EQ(request->chat.tooling.tools[1].name, longest);
}

TEST(ResponsesRequest, AnOutputNeedsItsCall) {
  auto request = decode_responses_request(
      R"({"model":"m","input":[{"type":"function_call_output","call_id":"c9","output":"1"}]})");
  ASSERT_TRUE(request);
  EXPECT_FALSE(check_response_outputs(request->chat.conversation));
}

struct Bad {
  std::string body, param, reason;
};
class ResponsesRefusal : public testing::TestWithParam<Bad> {};
TEST_P(ResponsesRefusal, NamesWhatIsWrong) {
  auto request = decode_responses_request(GetParam().body);
  ASSERT_FALSE(request) << GetParam().body;
  EXPECT_EQ(request.error().param, GetParam().param) << request.error().message;
  EXPECT_EQ(request.error().reason, GetParam().reason) << request.error().message;
}
INSTANTIATE_TEST_SUITE_P(
    Each, ResponsesRefusal,
    testing::Values(
        Bad{R"({"input":"Hi"})", "model", "missing_required_parameter"},
        Bad{R"({"model":"m"})", "input", "missing_required_parameter"},
        Bad{R"({"model":"m","input":[]})", "input", "empty_array"},
        Bad{R"({"model":"m","input":[{"type":"item_reference","id":"x"}]})", "input[0].type", "unsupported_value"},
        Bad{R"({"model":"m","input":[{"role":"tool","content":"x"}]})", "input[0].role", "invalid_value"},
        Bad{R"({"model":"m","input":[{"role":"user","content":[{"type":"input_image","file_id":"f"}]}]})",
            "input[0].content[0].image_url", "invalid_value"},
        Bad{with(R"("tools":[{"type":"file_search"}])"), "tools[0].type", "unsupported_value"},
        Bad{with(R"("tools":[{"type":"function","name":"a b"}])"), "tools[0].name", "invalid_value"},
        Bad{with(R"("tools":[{"type":"namespace","name":"n"}])"), "tools[0].tools", "missing_required_parameter"},
        Bad{with(R"("tools":[{"type":"namespace","name":"n","tools":[{"type":"namespace"}]}])"),
            "tools[0].tools[0].type", "unsupported_value"},
        Bad{with(R"("tools":[{"type":"namespace","name":"n","tools":[{"type":"function","name":"f"},)"
                 R"({"type":"function","name":"f"}]}])"),
            "tools", "invalid_value"},
        Bad{with(R"("tool_choice":{"type":"web_search"})"), "tool_choice.type", "unsupported_value"},
        Bad{with(R"("tool_choice":"required")"), "tool_choice", "invalid_value"},
        Bad{with(R"("background":true)"), "background", "unsupported_value"},
        Bad{with(R"("conversation":"c")"), "conversation", "unsupported_parameter"},
        Bad{with(R"("text":{"format":{"type":"json_schema"}})"), "text.format.name", "invalid_value"},
        Bad{with(R"("max_output_tokens":0)"), "max_output_tokens", "invalid_value"},
        Bad{with(R"("truncation":"some")"), "truncation", "invalid_value"},
        Bad{with(R"("temprature":1)"), "temprature", "unknown_parameter"}));

const std::vector<Event> an_answer = {
    Started{},
    ReasoningDelta{.choice = 0, .text = "Hm"},
    TextDelta{.choice = 0, .text = "Hi", .logprobs = {}},
    ToolCallDelta{.choice = 0, .index = 0, .id = "c1", .name = "f", .arguments = {}},
    ToolCallDelta{.choice = 0, .index = 0, .id = {}, .name = {}, .arguments = "{}"},
    ToolCallDelta{.choice = 0, .index = 1, .id = "c2", .name = "g", .arguments = {}},
    ToolCallDelta{.choice = 0, .index = 1, .id = {}, .name = {}, .arguments = R"({"input":"x y"})"},
    Finished{.choice = 0, .reason = FinishReason::tool_calls},
    Usage{.prompt_tokens = 9, .cached_tokens = 4, .completion_tokens = 5}};

ResponsesHead head() {
  return {.id = "resp_1", .created = 7, .model = "m", .custom = {"g"}, .spaced = {}, .repeated = {}};
}

struct Frame {
  std::string name;
  Json data;
};
std::vector<Frame> frames_of(std::string_view out) {
  std::vector<Frame> frames;
  while (!out.empty()) {
    std::size_t line = out.find('\n'), end = out.find("\n\n");
    auto json = parse_json(out.substr(line + 7, end - line - 7));
    EXPECT_TRUE(json) << out.substr(0, end);
    frames.push_back({std::string(out.substr(7, line - 7)), json ? std::move(*json) : Json{}});
    out.remove_prefix(end + 2);
  }
  return frames;
}

TEST(ResponsesStream, TellsEveryItemFromItsBeginningToItsEnd) {
  ResponsesStream stream(head());
  std::string out;
  for (const Event& event : an_answer) stream.append(out, event);
  stream.end(out);
  std::vector<std::string> names;
  std::int64_t number = 0;
  for (const Frame& frame : frames_of(out)) {
    names.push_back(frame.name);
    EXPECT_EQ(*frame.data.find("type")->as<std::string>(), frame.name);
    EXPECT_EQ(*frame.data.find("sequence_number")->as<std::int64_t>(), number++);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"response.created",
                                             "response.in_progress",  //
                                             "response.output_item.added",
                                             "response.content_part.added",
                                             "response.reasoning_text.delta",
                                             "response.reasoning_text.done",
                                             "response.content_part.done",
                                             "response.output_item.done",
                                             "response.output_item.added",
                                             "response.content_part.added",
                                             "response.output_text.delta",
                                             "response.output_text.done",
                                             "response.content_part.done",
                                             "response.output_item.done",
                                             "response.output_item.added",
                                             "response.function_call_arguments.delta",
                                             "response.function_call_arguments.done",
                                             "response.output_item.done",
                                             "response.output_item.added",
                                             "response.custom_tool_call_input.delta",
                                             "response.custom_tool_call_input.done",
                                             "response.output_item.done",  //
                                             "response.completed"}));
  EXPECT_TRUE(out.contains(R"("item_id":"msg_1_1","output_index":1,"content_index":0,"delta":"Hi","logprobs":[])"));
  EXPECT_TRUE(
      out.contains(R"("type":"custom_tool_call","status":"completed","call_id":"c2","name":"g","input":"x y")"));
  ResponsesAnswer whole(head());
  for (const Event& event : an_answer) whole.add(event);
  EXPECT_EQ(whole.body(), stream.body());
}

TEST(ResponsesAnswer, IsOneObject) {
  ResponsesAnswer answer(head());
  answer.add(TextDelta{.choice = 0, .text = "Hi", .logprobs = {}});
  answer.add(Finished{.choice = 0, .reason = FinishReason::length});
  answer.add(Usage{.prompt_tokens = 9, .cached_tokens = 4, .completion_tokens = 5});
  EXPECT_EQ(
      answer.body(),
      R"({"id":"resp_1","object":"response","created_at":7,"status":"incomplete","background":false,"error":null,)"
      R"("incomplete_details":{"reason":"max_output_tokens"},"model":"m","output":[{"id":"msg_1_0","type":"message",)"
      R"("status":"incomplete","role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[],)"
      R"("logprobs":[]}]}],"service_tier":"default","store":false,"usage":{"input_tokens":9,"input_tokens_details":)"
      R"({"cached_tokens":4,"cache_write_tokens":0},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":0},)"
      R"("total_tokens":14}})");
  ASSERT_EQ(answer.items().conversation().size(), 1u);
  EXPECT_EQ(text_of(answer.items().conversation()[0]), "Hi");
}

TEST(ResponsesStream, ABrokenOneSaysWhatItHas) {
  ResponsesStream stream(head());
  std::string out;
  for (std::size_t i = 0; i < 3; ++i) stream.append(out, an_answer[i]);
  out.clear();
  stream.fail(out, {.code = ErrorCode::unavailable, .message = "It stopped."});
  EXPECT_TRUE(out.starts_with("event: response.failed\n")) << out;
  EXPECT_TRUE(
      out.contains(R"("status":"failed","background":false,"error":{"code":"unavailable","message":"It stopped."})"));
  EXPECT_TRUE(out.contains(R"("text":"Hi")"));
}

TEST(InputItems, AreAPage) {
  EXPECT_EQ(encode_input_items({{"a", R"({"id":"a"})"}, {"b", R"({"id":"b"})"}}, false),
            R"({"object":"list","data":[{"id":"a"},{"id":"b"}],"first_id":"a","last_id":"b","has_more":false})");
}

}  // namespace
}  // namespace entente::wire
