#include "wire/openai/batches.hpp"

#include <gtest/gtest.h>

#include "wire/json.hpp"
#include "wire/openai/files.hpp"

namespace entente::wire {
namespace {

TEST(BatchRequest, ReadsWhatTheSdkSends) {
  auto request = decode_batch_request(
      R"({"input_file_id":"file_1","endpoint":"/v1/embeddings","completion_window":"24h","metadata":{"a":"b"},)"
      R"("output_expires_after":{"anchor":"created_at","seconds":3600}})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->metadata, R"({"a":"b"})");
  EXPECT_EQ(request->results_live, 3600);
}

struct Bad {
  std::string body, param;
};
class BatchRefusal : public testing::TestWithParam<Bad> {};
TEST_P(BatchRefusal, NamesWhatIsWrong) {
  auto request = decode_batch_request(GetParam().body);
  ASSERT_FALSE(request) << GetParam().body;
  EXPECT_EQ(request.error().param, GetParam().param) << request.error().message;
}
std::string with(std::string_view more) {
  return R"({"input_file_id":"f","endpoint":"/v1/embeddings","completion_window":"24h",)" + std::string(more) + "}";
}
INSTANTIATE_TEST_SUITE_P(
    Each, BatchRefusal,
    testing::Values(
        Bad{R"({"endpoint":"/v1/embeddings","completion_window":"24h"})", "input_file_id"},
        Bad{R"({"input_file_id":"f","endpoint":"/v1/images","completion_window":"24h"})", "endpoint"},
        Bad{R"({"input_file_id":"f","endpoint":"/v1/embeddings","completion_window":"1h"})", "completion_window"},
        Bad{with(R"("metadata":{"a":1})"), "metadata"}, Bad{with(R"("nothing":1)"), "nothing"},
        Bad{with(R"("output_expires_after":{"anchor":"created_at","seconds":1})"), "output_expires_after.seconds"}));

std::string line(std::string_view name, std::string_view url = "/v1/embeddings", std::string_view body = "{}") {
  return R"({"custom_id":")" + std::string(name) + R"(","method":"POST","url":")" + std::string(url) + R"(","body":)" +
         std::string(body) + "}";
}

TEST(BatchLines, AreReadOrNamed) {
  BatchLines good = read_batch_lines(
      line("a", "/v1/embeddings", R"({"model":"m", "input":"é"})") + "\r\n\n" + line("b"), "/v1/embeddings");
  EXPECT_TRUE(good.problems.empty());
  ASSERT_EQ(good.lines.size(), 2u);
  EXPECT_EQ(good.lines[0].name, "a");
  EXPECT_EQ(good.lines[0].body, R"({"model":"m","input":"é"})");
  BatchLines bad = read_batch_lines(line("a") + "\n" + line("a") + "\n{\n" + line("c", "/v1/completions") + "\n" +
                                        line("d", "/v1/embeddings", "1") + "\n",
                                    "/v1/embeddings");
  ASSERT_EQ(bad.problems.size(), 4u);
  EXPECT_EQ(bad.problems[0].param, "custom_id");
  EXPECT_EQ(bad.problems[0].line, 2);
  EXPECT_EQ(bad.problems[1].code, "invalid_json");
  EXPECT_EQ(bad.problems[2].param, "url");
  EXPECT_EQ(bad.problems[3].param, "body");
  EXPECT_EQ(read_batch_lines("\n\n", "/v1/embeddings").problems[0].code, "empty_file");
}

TEST(BatchLines, ThereIsALimit) {
  std::string many;
  for (int i = 0; i <= 50'000; ++i) many += line(std::to_string(i)) + "\n";
  BatchLines lines = read_batch_lines(many, "/v1/embeddings");
  ASSERT_EQ(lines.problems.size(), 1u);
  EXPECT_EQ(lines.problems[0].code, "too_many_lines");
  EXPECT_EQ(lines.problems[0].line, 50'001);
}

TEST(BatchResults, AreLines) {
  std::string answer =
      batch_answer_line("r1", "a\"b", 200, "req_1", R"({"usage":{"input_tokens":7,"output_tokens":2}})");
  EXPECT_EQ(answer, R"({"id":"r1","custom_id":"a\"b","response":{"status_code":200,"request_id":"req_1",)"
                    R"("body":{"usage":{"input_tokens":7,"output_tokens":2}}},"error":null})"
                    "\n");
  EXPECT_EQ(read_result(answer).name, "a\"b");
  EXPECT_EQ(read_result(answer).usage, (Usage{.prompt_tokens = 7, .completion_tokens = 2}));
  EXPECT_EQ(batch_failure_line("r1", "a", "batch_expired", "Too late."),
            R"({"id":"r1","custom_id":"a","response":null,"error":{"code":"batch_expired","message":"Too late."}})"
            "\n");
  EXPECT_EQ(read_result(answer.substr(0, 40)).name, "");
}

TEST(Batch, IsKeptAsItIs) {
  Batch batch{.id = "batch_1",
              .endpoint = "/v1/embeddings",
              .input_file = "file_1",
              .window = "24h",
              .metadata = R"({"a":"b"})",
              .output_file = "file_2",
              .error_file = "file_3",
              .has_output = true,
              .status = BatchStatus::cancelling,
              .problems = {{.code = "c", .message = "m", .param = "", .line = 3}},
              .created = 1,
              .in_progress = 2,
              .expires = 9,
              .cancelling = 4,
              .total = 10,
              .answered = 5,
              .refused = 1,
              .usage = {.prompt_tokens = 7, .cached_tokens = 2, .completion_tokens = 3},
              .results_live = 3600,
              .project = "prj_1",
              .key = "key_1",
              .labels = {"health"},
              .policies = {"eu"}};
  auto again = decode_kept_batch(encode_kept_batch(batch));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(encode_kept_batch(*again), encode_kept_batch(batch));
  EXPECT_EQ(again->labels, batch.labels);
  EXPECT_EQ(again->policies, batch.policies);
  std::string shown = encode_batch(batch);
  EXPECT_FALSE(shown.contains("key_1") || shown.contains("prj_1"));
  EXPECT_TRUE(shown.contains(R"("output_file_id":"file_2","error_file_id":null,"created_at":1)")) << shown;
  EXPECT_TRUE(shown.contains(R"("request_counts":{"total":10,"completed":5,"failed":1})"));
  EXPECT_FALSE(decode_kept_batch("{}"));
}

TEST(StoredFile, IsKeptAsItIs) {
  StoredFile file{.id = "file_1",
                  .name = "a.jsonl",
                  .purpose = "batch",
                  .project = "prj_1",
                  .bytes = 9,
                  .created = 1,
                  .expires = 0};
  auto again = decode_kept_file(encode_kept_file(file));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(encode_kept_file(*again), encode_kept_file(file));
  EXPECT_EQ(encode_file(file),
            R"({"id":"file_1","object":"file","bytes":9,"created_at":1,"expires_at":null,"filename":"a.jsonl",)"
            R"("purpose":"batch","status":"processed","status_details":null})");
  auto upload = read_upload({{"purpose", "", "batch"},
                             {"file", "a.jsonl", "{}\n"},
                             {"expires_after[anchor]", "", "created_at"},
                             {"expires_after[seconds]", "", "60"}});
  ASSERT_TRUE(upload) << upload.error().message;
  EXPECT_EQ(upload->file.bytes, 3);
  EXPECT_EQ(upload->lives, 60);
  EXPECT_EQ(read_upload({{"file", "a", "x"}}).error().param, "purpose");
  EXPECT_EQ(read_upload({{"purpose", "", "batch"}}).error().param, "file");
  EXPECT_EQ(read_upload({{"purpose", "", "vision"}, {"file", "a", "x"}}).error().reason, "unsupported_value");
}

}  // namespace
}  // namespace entente::wire
