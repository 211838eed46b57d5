#include "wire/openai/completions.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "wire/openai/embeddings.hpp"
#include "wire/vllm/tokens.hpp"

namespace entente::wire {
namespace {

std::string with(std::string_view more) { return R"({"model":"m",)" + std::string(more) + "}"; }

TEST(CompletionRequest, ReadsPromptsOfEveryForm) {
  auto prompts = [](std::string_view prompt) {
    auto request = decode_completion_request(with("\"prompt\":" + std::string(prompt)));
    EXPECT_TRUE(request) << request.error().message;
    return request ? request->work.prompts : std::vector<TextOrTokens>{};
  };
  using Tokens = std::vector<std::int32_t>;
  EXPECT_EQ(prompts(R"("a")"), (std::vector<TextOrTokens>{"a"}));
  EXPECT_EQ(prompts(R"(["a","b"])"), (std::vector<TextOrTokens>{"a", "b"}));
  EXPECT_EQ(prompts("[1,2]"), (std::vector<TextOrTokens>{Tokens{1, 2}}));
  EXPECT_EQ(prompts(R"([[1,2],"b",[3]])"), (std::vector<TextOrTokens>{Tokens{1, 2}, "b", Tokens{3}}));
}

TEST(CompletionRequest, ReadsWhatHarnessesSend) {
  auto request = decode_completion_request(
      with(R"("prompt":["a"],"echo":true,"logprobs":1,"max_tokens":1,"temperature":0,"seed":1234,"stop":null)"));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_TRUE(request->work.echo);
  EXPECT_EQ(request->work.logprobs, 1u);
  EXPECT_EQ(request->work.max_tokens, 1u);
}

struct Bad {
  std::string body, param;
};
class CompletionRefusal : public testing::TestWithParam<Bad> {};
TEST_P(CompletionRefusal, NamesWhatIsWrong) {
  auto request = decode_completion_request(GetParam().body);
  ASSERT_FALSE(request) << GetParam().body;
  EXPECT_EQ(request.error().param, GetParam().param) << request.error().message;
}
INSTANTIATE_TEST_SUITE_P(Each, CompletionRefusal,
                         testing::Values(Bad{R"({"prompt":"a"})", "model"}, Bad{with(R"("prompt":[])"), "prompt"},
                                         Bad{R"({"model":"m"})", "prompt"}, Bad{with(R"("prompt":[1,-2])"), "prompt"},
                                         Bad{with(R"("prompt":[1,"a"])"), "prompt"},
                                         Bad{with(R"("prompt":[[]])"), "prompt"}, Bad{with(R"("prompt":1)"), "prompt"},
                                         Bad{with(R"("prompt":"a","max_tokens":0)"), "max_tokens"},
                                         Bad{with(R"("prompt":"a","echo":true,"suffix":"b")"), "suffix"},
                                         Bad{with(R"("prompt":"a","best_of":2)"), "best_of"},
                                         Bad{with(R"("prompt":"a","logprobs":21)"), "logprobs"},
                                         Bad{with(R"("prompt":"a","promt":"b")"), "promt"}));

const TextDelta scored{.choice = 0,
                       .text = "aé",
                       .logprobs = {{.chosen = {"a", std::numeric_limits<double>::quiet_NaN()}, .top = {}},
                                    {.chosen = {"\xC3", -2}, .top = {{"b", -0.5}}},
                                    {.chosen = {"\xA9", -1}, .top = {{"\xA9", -1}}}}};

TEST(Completion, LogprobsHaveNullFirstAndOffsetsInCharacters) {
  Completion answer({.id = "cmpl-1", .created = 7, .model = "m", .logprobs = true}, 1);
  answer.add(scored);
  answer.add(Finished{.choice = 0, .reason = FinishReason::length});
  answer.add(Usage{.prompt_tokens = 3});
  EXPECT_EQ(
      answer.body(),
      R"({"id":"cmpl-1","object":"text_completion","created":7,"model":"m","system_fingerprint":null,"choices":[{"text":)"
      R"("aé","index":0,"logprobs":{"tokens":["a","bytes:\\xc3","bytes:\\xa9"],"token_logprobs":[null,-2,-1],)"
      R"("top_logprobs":[null,{"b":-0.5,"bytes:\\xc3":-2},{"bytes:\\xa9":-1}],"text_offset":[0,1,2]},)"
      R"("finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":0,"total_tokens":3,)"
      R"("prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})");
}

TEST(CompletionChunks, CountOffsetsFromChunkToChunk) {
  CompletionChunks chunks({.id = "cmpl-1", .created = 7, .model = "m", .logprobs = true}, 1, true);
  std::string out;
  chunks.append(out, scored);
  out.clear();
  chunks.append(out, TextDelta{.choice = 0, .text = "b", .logprobs = {{.chosen = {"b", -1}, .top = {}}}});
  EXPECT_EQ(out, R"(data: {"id":"cmpl-1","object":"text_completion","created":7,"model":"m","system_fingerprint":null,)"
                 R"("choices":[{"text":"b","index":0,"logprobs":{"tokens":["b"],"token_logprobs":[-1],"top_logprobs":)"
                 R"([{"b":-1}],"text_offset":[2]},"finish_reason":null}],"usage":null})"
                 "\n\n");
}

TEST(CompletionChunks, AFailureIsAFrameOfItsOwnAndNoEnd) {
  CompletionChunks chunks({.id = "cmpl-1", .created = 7, .model = "m", .logprobs = false}, 1, true);
  std::string out;
  chunks.append(out, TextDelta{.choice = 0, .text = "a", .logprobs = {}});
  std::string before = out;
  chunks.fail(out, {.code = ErrorCode::unavailable, .message = "It stopped.", .reason = "model_stopped"});
  EXPECT_EQ(out, before + R"(data: {"error":{"message":"It stopped.","type":"server_error","param":null,)"
                          R"("code":"model_stopped"}})"
                          "\n\n");
}

TEST(EmbeddingRequest, ReadsInputsAndRefusesEmptyOnes) {
  auto request = decode_embedding_request(with(R"("input":["a",[1]],"encoding_format":"base64","dimensions":8)"));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_TRUE(request->base64);
  EXPECT_EQ(request->work.dimensions, 8u);
  EXPECT_EQ(request->work.inputs.size(), 2u);
  for (std::string_view bad : {R"("input":"")", R"("input":[])", R"("input":"a","encoding_format":"hex")",
                               R"("input":"a","dimensions":0)", R"("inputs":"a")"}) {
    EXPECT_FALSE(decode_embedding_request(with(bad))) << bad;
  }
}

TEST(EmbeddingRequest, ReadsMistralsWords) {
  auto request = decode_embedding_request(
      with(R"("input":"a","output_dimension":8,"output_dtype":"float","metadata":{"who":"me"})"));
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->work.dimensions, 8u);
  EXPECT_TRUE(decode_embedding_request(with(R"("input":"a","output_dimension":8,"dimensions":8)")));
  for (auto [bad, param] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {R"("output_dimension":8,"dimensions":9)", "output_dimension"},
           {R"("output_dimension":0)", "output_dimension"},
           {R"("output_dtype":"int8")", "output_dtype"}}) {
    auto refused = decode_embedding_request(with(R"("input":"a",)" + std::string(bad)));
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().param, param);
  }
}

TEST(Embeddings, AreNumbersOrBase64) {
  Embeddings numbers("embd_1", "m", 2, false), base64("embd_2", "m", 1, true);
  numbers.add(Vector{.index = 1, .values = {0.5F, -1}});
  numbers.add(Vector{.index = 0, .values = {1}});
  numbers.add(Usage{.prompt_tokens = 3});
  EXPECT_EQ(numbers.body(),
            R"({"id":"embd_1","object":"list","data":[{"object":"embedding","index":0,"embedding":[1]},)"
            R"({"object":"embedding","index":1,"embedding":[0.5,-1]}],"model":"m","usage":)"
            R"({"prompt_tokens":3,"total_tokens":3}})");
  base64.add(Vector{.index = 0, .values = {1, -2}});
  EXPECT_TRUE(base64.body().contains(R"("embedding":"AACAPwAAAMA=")")) << base64.body();
}

TEST(Tokens, AreAskedForWithOrWithoutAModel) {
  auto work = decode_tokenize_request(R"({"prompt":"a","add_special_tokens":false})", "only");
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(std::get<Complete>(*work).model, "only");
  EXPECT_FALSE(decode_tokenize_request(R"({"prompt":"a"})", ""));
  auto chat = decode_tokenize_request(R"({"model":"m","messages":[{"role":"user","content":"a"}]})", "only");
  ASSERT_TRUE(chat) << chat.error().message;
  EXPECT_EQ(std::get<Chat>(*chat).model, "m");
  EXPECT_FALSE(decode_detokenize_request(R"({"tokens":"a"})", "only"));
  EXPECT_FALSE(decode_detokenize_request(R"({"tokens":[[1]]})", "only"));
  EXPECT_EQ(decode_detokenize_request(R"({"tokens":[1,2]})", "only")->tokens, (std::vector<std::int32_t>{1, 2}));
}

}  // namespace
}  // namespace entente::wire
