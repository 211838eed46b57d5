#include "wire/jina/rerank.hpp"

#include <gtest/gtest.h>

namespace entente::wire {
namespace {

TEST(RerankRequest, ReadsDocumentsOfBothForms) {
  auto request = decode_rerank_request(
      R"({"model":"m","query":"q","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true,"user":"u"})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->work.documents, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request->best, 1u);
  EXPECT_TRUE(request->documents);
  EXPECT_EQ(envelope_of(Work(request->work)).subject, "u");
  EXPECT_EQ(envelope_of(Work(request->work)).prompt_bytes, 3u);
}

struct Bad {
  std::string body, param;
};
class RerankRefusal : public testing::TestWithParam<Bad> {};
TEST_P(RerankRefusal, NamesWhatIsWrong) {
  auto request = decode_rerank_request(GetParam().body);
  ASSERT_FALSE(request) << GetParam().body;
  EXPECT_EQ(request.error().param, GetParam().param) << request.error().message;
}
INSTANTIATE_TEST_SUITE_P(Each, RerankRefusal,
                         testing::Values(Bad{R"({"query":"q","documents":["a"]})", "model"},
                                         Bad{R"({"model":"m","documents":["a"]})", "query"},
                                         Bad{R"({"model":"m","query":"","documents":["a"]})", "query"},
                                         Bad{R"({"model":"m","query":"q"})", "documents"},
                                         Bad{R"({"model":"m","query":"q","documents":[]})", "documents"},
                                         Bad{R"({"model":"m","query":"q","documents":["a",""]})", "documents"},
                                         Bad{R"({"model":"m","query":"q","documents":[1]})", "documents"},
                                         Bad{R"({"model":"m","query":"q","documents":[{"image":"x"}]})",
                                             "documents[0].text"},
                                         Bad{R"({"model":"m","query":"q","documents":["a"],"top_n":0})", "top_n"},
                                         Bad{R"({"model":"m","query":"q","documents":["a"],"topn":1})", "topn"}));

TEST(Reranked, TheBestComeFirst) {
  RerankRequest request{
      .work = {.model = "m", .query = "q", .documents = {"a", "b", "c"}, .end_user = {}}, .best = 2, .documents = true};
  Reranked answer("r", request);
  for (const Event& event :
       std::vector<Event>{Started{}, Score{.index = 1, .value = 0.25}, Score{.index = 0, .value = 0.5},
                          Score{.index = 2, .value = 0.5}, Usage{.prompt_tokens = 9}}) {
    answer.add(event);
  }
  EXPECT_EQ(
      answer.body(),
      R"({"id":"r","object":"list","model":"m","results":[)"
      R"({"index":0,"relevance_score":0.5,"document":{"text":"a"}},{"index":2,"relevance_score":0.5,"document":{"text":"c"}}],)"
      R"("usage":{"prompt_tokens":9,"total_tokens":9}})");
}

}  // namespace
}  // namespace entente::wire
