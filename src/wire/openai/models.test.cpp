#include "wire/openai/models.hpp"

#include <gtest/gtest.h>

namespace entente::wire {
namespace {

Catalogue catalogue() {
  Facts facts;
  facts.processing_locations.value = std::vector<std::string>{"FR"};
  Catalogue out;
  out.deployments.emplace("here", Deployment{.name = "here", .provider = "local", .model = "m", .facts = facts});
  out.deployments.emplace("there", Deployment{.name = "there", .provider = "azure", .model = "m"});
  Instant created{std::chrono::seconds(1'700'000'000)};
  out.models.emplace("b",
                     Model{.name = "b", .deployments = {"there", "here"}, .created = created, .owner = "Some Maker"});
  out.models.emplace("a", Model{.name = "a", .deployments = {"gone"}, .created = created, .owner = "unknown"});
  return out;
}

TEST(ModelList, HasOpenAisMembersAndWhereEachModelAnswers) {
  EXPECT_EQ(
      encode_model_list(catalogue()),
      R"({"object":"list","data":[{"id":"a","object":"model","created":1700000000,"owned_by":"unknown","type":"base","capabilities":{"completion_chat":true},)"
      R"("entente":{"deployments":[]}},{"id":"b","object":"model","created":1700000000,"owned_by":"Some Maker","type":"base","capabilities":{"completion_chat":true},)"
      R"("entente":{"deployments":[{"name":"there","provider":"azure","place":"place not stated","local":false},)"
      R"({"name":"here","provider":"local","place":"FR","local":true}]}}]})");
  EXPECT_EQ(encode_model_list({}), R"({"object":"list","data":[]})");
}

TEST(ModelList, OneModelLooksAsInTheList) {
  Catalogue all = catalogue();
  std::string one = encode_model(all, all.models.find("b")->second);
  EXPECT_TRUE(encode_model_list(all).contains(one));
}

}  // namespace
}  // namespace entente::wire
