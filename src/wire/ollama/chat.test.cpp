#include "wire/ollama/chat.hpp"

#include <format>
#include <memory>

#include <gtest/gtest.h>

#include "wire/json.hpp"
#include "wire/ollama/models.hpp"

namespace entente::wire {
namespace {

using namespace std::chrono_literals;

OllamaHead head(bool generates = false) {
  auto time = std::make_shared<std::chrono::nanoseconds>(0);
  return {.model = "m", .created_at = "then", .generates = generates, .stopwatch = [time] { return *time += 10ns; }};
}

TEST(OllamaRequest, ReadsAConversationWhoseCallsHaveNoIds) {
  auto request =
      decode_ollama_chat(R"({"model":"m:latest","stream":false,"think":false,"format":"json","keep_alive":"5m",
    "options":{"temperature":0.5,"num_predict":7,"stop":["END"],"num_ctx":4096},
    "messages":[{"role":"user","content":"Hi","images":["aGk="]},
      {"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},
        {"function":{"name":"g","arguments":{}}}]},
      {"role":"tool","tool_name":"g","content":"2"},{"role":"tool","content":"1"}]})");
  ASSERT_TRUE(request) << request.error().message;
  const Chat& chat = std::get<Chat>(request->work);
  EXPECT_EQ(chat.model, "m:latest");
  EXPECT_FALSE(request->stream || request->only_load);
  EXPECT_EQ(chat.max_tokens, 7u);
  EXPECT_EQ(chat.stop, std::vector<std::string>{"END"});
  EXPECT_EQ(chat.reasoning_effort, ReasoningEffort::none);
  EXPECT_EQ(chat.format.kind, AnswerFormat::Kind::json_object);
  ASSERT_EQ(chat.conversation.size(), 4u);
  EXPECT_EQ(chat.conversation[1].parts,
            (std::vector<Part>{ToolCall{.id = "call_1", .name = "f", .arguments = R"({"a":1})"},
                               ToolCall{.id = "call_2", .name = "g", .arguments = "{}"}}));
  EXPECT_EQ(chat.conversation[2].parts, (std::vector<Part>{ToolResult{.call = "call_2", .text = "2"}}));
  EXPECT_EQ(chat.conversation[3].parts, (std::vector<Part>{ToolResult{.call = "call_1", .text = "1"}}));
}

TEST(OllamaRequest, GeneratesWithATemplateOrRawOrOnlyLoads) {
  auto plain = decode_ollama_generate(R"({"model":"m","prompt":"Hi","system":"Brief."})");
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(std::get<Chat>(plain->work).conversation.size(), 2u);
  EXPECT_TRUE(plain->stream);
  auto raw = decode_ollama_generate(R"({"model":"m","prompt":"Hi","raw":true,"options":{"num_predict":3}})");
  ASSERT_TRUE(raw) << raw.error().message;
  EXPECT_EQ(std::get<Complete>(raw->work).max_tokens, 3u);
  auto load = decode_ollama_generate(R"({"model":"m"})");
  ASSERT_TRUE(load) << load.error().message;
  EXPECT_TRUE(load->only_load);
}

TEST(OllamaRequest, AsksForLogprobsWhateverItIsMadeInto) {
  auto chat = decode_ollama_chat(R"({"model":"m","messages":[{"role":"user","content":"a"}],"logprobs":true})");
  ASSERT_TRUE(chat) << chat.error().message;
  EXPECT_TRUE(std::get<Chat>(chat->work).logprobs);
  EXPECT_EQ(std::get<Chat>(chat->work).top_logprobs, 0u);
  auto generate = [](std::string_view more) {
    auto request = decode_ollama_generate(std::format(R"({{"model":"m","prompt":"a",{}}})", more));
    EXPECT_TRUE(request) << request.error().message;
    return request->work;
  };
  Work templated = generate(R"("logprobs":true,"top_logprobs":3)");
  EXPECT_TRUE(std::get<Chat>(templated).logprobs);
  EXPECT_EQ(std::get<Chat>(templated).top_logprobs, 3u);
  EXPECT_EQ(std::get<Complete>(generate(R"("raw":true,"logprobs":true,"top_logprobs":3)")).logprobs, 3u);
  EXPECT_EQ(std::get<Complete>(generate(R"("raw":true,"logprobs":true)")).logprobs, 0u);
  // How many alternatives says nothing by itself, as there.
  EXPECT_EQ(std::get<Complete>(generate(R"("raw":true,"top_logprobs":3)")).logprobs, std::nullopt);
  EXPECT_FALSE(std::get<Chat>(generate(R"("top_logprobs":3)")).logprobs);
  EXPECT_EQ(decode_ollama_generate(R"({"model":"m","prompt":"a","top_logprobs":21})").error().param, "top_logprobs");
}

TEST(OllamaRequest, HasTheNameAsItWasSent) {
  auto generate = decode_ollama_generate(R"({"name":"m:latest","prompt":"a"})");
  auto embed = decode_ollama_embed(R"({"model":"m:latest","input":"a"})");
  auto shown = decode_ollama_model_name(R"({"model":"m:latest"})");
  ASSERT_TRUE(generate && embed && shown);
  EXPECT_EQ(model_of(generate->work), "m:latest");
  EXPECT_EQ(embed->model, "m:latest");
  EXPECT_EQ(*shown, "m:latest");
  EXPECT_EQ(without_latest("m:latest"), "m");
  EXPECT_EQ(without_latest("m:1b"), "m:1b");
}

TEST(OllamaModels, ThoseInMemorySayWhatTheyAreAndHowLongTheyStay) {
  Instant now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 27)};
  OllamaResident brief{
      .name = "m",
      .bytes = 100,
      .device_bytes = 40,
      .context_tokens = 512,
      .expires_at = now + 90s,
      .file = {
          .sha256 = "ab", .architecture = "llama", .quantisation = "Q4_1", .licence = {}, .parameters = 135'000'000}};
  OllamaResident elsewhere{.name = "n", .bytes = 7};
  EXPECT_EQ(
      encode_ollama_ps({brief, elsewhere}, now),
      R"({"models":[{"name":"m","model":"m","size":100,"digest":"ab","details":{"parent_model":"","format":"gguf",)"
      R"("family":"llama","families":["llama"],"parameter_size":"135M","quantization_level":"Q4_1"},)"
      R"("expires_at":"2026-11-27T00:01:30.000000Z","size_vram":40,"context_length":512},)"
      R"({"name":"n","model":"n","size":7,"digest":"","details":{"parent_model":"","format":"","family":"",)"
      R"("families":null,"parameter_size":"","quantization_level":""},)"
      R"("expires_at":"2126-11-27T06:00:00.000000Z","size_vram":0,"context_length":0}]})");
}

TEST(OllamaRequest, MakesNoPictures) {
  for (std::string_view name : {"width", "height", "steps"}) {
    auto request = decode_ollama_generate(std::format(R"({{"model":"m","prompt":"a","{}":8}})", name));
    ASSERT_FALSE(request) << name;
    EXPECT_EQ(request.error().param, name);
    EXPECT_TRUE(request.error().message.contains("/v1/images/generations")) << request.error().message;
  }
}

TEST(OllamaRequest, NamesWhatIsWrong) {
  for (std::string_view bad :
       {R"({"messages":[]})", R"({"model":"m","messages":[{"role":"judge","content":""}]})",
        R"({"model":"m","messages":[{"role":"tool","content":"1"}]})",
        R"({"model":"m","messages":[{"role":"user","images":["?"]}]})", R"({"model":"m","options":{"temperature":9}})",
        R"({"model":"m","format":"xml"})", R"({"model":"m","optins":{}})"}) {
    auto request = decode_ollama_chat(bad);
    ASSERT_FALSE(request) << bad;
    EXPECT_FALSE(request.error().param.empty()) << bad;
  }
}

TEST(OllamaStream, IsALineForEachPieceAndOneForTheEnd) {
  OllamaStream stream(head());
  std::string out;
  for (const Event& event : std::initializer_list<Event>{
           Started{}, ReasoningDelta{.choice = 0, .text = "Hm"}, TextDelta{.choice = 0, .text = "Hi", .logprobs = {}},
           ToolCallDelta{.choice = 0, .index = 0, .id = "c1", .name = "f", .arguments = {}},
           ToolCallDelta{.choice = 0, .index = 0, .id = {}, .name = {}, .arguments = "{\"a\":1}"},
           Finished{.choice = 0, .reason = FinishReason::tool_calls},
           Usage{.prompt_tokens = 3, .completion_tokens = 2}}) {
    stream.append(out, event);
  }
  stream.end(out);
  const std::string start = R"({"model":"m","created_at":"then","message":{"role":"assistant","content":)";
  EXPECT_EQ(out,
            start + R"("","thinking":"Hm"},"done":false})" + "\n" + start + R"("Hi"},"done":false})" + "\n" + start +
                R"("","tool_calls":[{"id":"c1","function":{"name":"f","arguments":{"a":1}}}]},"done":false})" + "\n" +
                start +
                R"(""},"done":true,"done_reason":"stop","total_duration":30,"load_duration":10,"prompt_eval_count":3,)"
                R"("prompt_eval_duration":10,"eval_count":2,"eval_duration":10})" +
                "\n");
  out.clear();
  stream.fail(out, {.code = ErrorCode::unavailable, .message = "It stopped."});
  EXPECT_EQ(out, "{\"error\":\"It stopped.\"}\n");
}

TEST(OllamaStream, ALineHoldsNothingThatEndsLinesElsewhere) {
  OllamaStream stream(head(true));
  std::string out;
  stream.append(out, TextDelta{.choice = 0, .text = "a\u0085b\u2028c\u2029â\u00a0", .logprobs = {}});
  EXPECT_TRUE(out.contains(R"("response":"a\u0085b\u2028c\u2029)"
                           "\u00e2\u00a0\""))
      << out;
}

TEST(OllamaAnswer, GeneratesAText) {
  OllamaAnswer answer(head(true));
  answer.add(TextDelta{.choice = 0, .text = "Hi", .logprobs = {}});
  answer.add(Finished{.choice = 0, .reason = FinishReason::length});
  EXPECT_TRUE(answer.body().starts_with(
      R"({"model":"m","created_at":"then","response":"Hi","done":true,"done_reason":"length",)"))
      << answer.body();
}

// A character of two tokens: the first comes without a text of its own.
const Event half = TextDelta{.choice = 0, .text = {}, .logprobs = {{.chosen = {"\xC3", -2}, .top = {{"b", -0.5}}}}};
const Event rest = TextDelta{.choice = 0, .text = "é", .logprobs = {{.chosen = {"\xA9", -1}, .top = {}}}};
const std::string of_half = R"({"token":"�","logprob":-2,"bytes":[195],"top_logprobs":[)"
                            R"({"token":"b","logprob":-0.5,"bytes":[98]}]})";
const std::string of_rest = R"({"token":"�","logprob":-1,"bytes":[169],"top_logprobs":[]})";

TEST(OllamaStream, HasLogprobsOnEachLine) {
  for (bool generates : {false, true}) {
    OllamaStream stream(head(generates));
    std::string out;
    stream.append(out, Started{});
    stream.append(out, half);
    stream.append(out, rest);
    stream.append(out, TextDelta{.choice = 0, .text = "x", .logprobs = {}});
    auto line = [&](std::string_view text, std::string_view logprobs) {
      std::string said = generates ? std::format(R"("response":"{}")", text)
                                   : std::format(R"("message":{{"role":"assistant","content":"{}"}})", text);
      return std::format("{{\"model\":\"m\",\"created_at\":\"then\",{}{},\"done\":false}}\n", said, logprobs);
    };
    EXPECT_EQ(out, line("", R"(,"logprobs":[)" + of_half + "]") + line("é", R"(,"logprobs":[)" + of_rest + "]") +
                       line("x", ""));
  }
}

TEST(OllamaAnswer, HasTheLogprobsOfAllItSays) {
  for (bool generates : {false, true}) {
    OllamaAnswer answer(head(generates));
    answer.add(half);
    answer.add(rest);
    answer.add(Finished{.choice = 0, .reason = FinishReason::stop});
    EXPECT_TRUE(answer.body().contains(R"("logprobs":[)" + of_half + "," + of_rest + "]")) << answer.body();
  }
}

TEST(OllamaVectors, AreAListOrOne) {
  OllamaVectors many(head(), 2, false), one(head(), 1, true);
  many.add(Vector{.index = 1, .values = {0.5F}});
  one.add(Vector{.index = 0, .values = {0.5F, 1}});
  EXPECT_TRUE(many.body().starts_with(R"({"model":"m","embeddings":[[],[0.5]],"total_duration":)")) << many.body();
  EXPECT_EQ(one.body(), R"({"embedding":[0.5,1]})");
}

TEST(OllamaStream, ArgumentsThatTheModelBrokeOverLinesStayOnOne) {
  OllamaStream stream(head(false));
  std::string out;
  stream.append(out, Started{});
  stream.append(
      out, ToolCallDelta{.choice = 0, .index = 0, .id = "t", .name = "f", .arguments = "{\n  \"a\": [1,\r\n2]\n}"});
  stream.append(out, Finished{});
  stream.end(out);
  EXPECT_TRUE(out.contains(R"("arguments":{"a":[1,2]})")) << out;
  for (std::size_t end; (end = out.find('\n')) != std::string::npos; out.erase(0, end + 1))
    EXPECT_TRUE(parse_json(std::string_view(out).substr(0, end))) << out;
}

}  // namespace
}  // namespace entente::wire
