#include "api/azure.hpp"

#include <gtest/gtest.h>

namespace entente::api {
namespace {

TEST(Azure, ItsPathsAreOpenAis) {
  auto check = [](std::string_view path, std::string_view own, std::string_view model) {
    Place place = without_azure(path);
    EXPECT_EQ(place.path, own) << path;
    EXPECT_EQ(place.model, model) << path;
  };
  check("/openai/deployments/gpt/chat/completions", "/v1/chat/completions", "gpt");
  check("/openai/deployments/a:b/embeddings", "/v1/embeddings", "a:b");
  check("/openai/v1/responses", "/v1/responses", "");
  check("/openai/responses/resp_1", "/v1/responses/resp_1", "");
  check("/openai/deployments/gpt", "/openai/deployments/gpt", "");
  check("/openai", "/openai", "");
  check("/v1/models", "/v1/models", "");
  check("/openapi.json", "/openapi.json", "");
}

}  // namespace
}  // namespace entente::api
