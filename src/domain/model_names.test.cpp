#include <gtest/gtest.h>

#include "domain/deployment.hpp"

namespace entente {
namespace {

TEST(ModelNames, OwnNamesGoBeforeOthersAndLongPatternsBeforeShortOnes) {
  Catalogue catalogue;
  auto add = [&](std::string name, std::vector<std::string> aliases) {
    catalogue.models[name] = {.name = name, .deployments = {}, .aliases = std::move(aliases), .owner = {}};
  };
  add("any", {"*"});
  add("claude", {"claude-*", "opus"});
  add("haiku", {"claude-*-haiku*", "gpt-4o"});
  add("gpt-4o", {});
  auto found = [&](std::string_view name) { return find_model(catalogue, name)->name; };
  EXPECT_EQ(found("opus"), "claude");
  EXPECT_EQ(found("claude-"), "claude");
  EXPECT_EQ(found("claude-3-opus"), "claude");
  EXPECT_EQ(found("claude-3-haiku-1"), "haiku");
  EXPECT_EQ(found("claude-haiku"), "claude") << "a star stands for a text, the dashes for themselves";
  EXPECT_EQ(found("gpt-4o"), "gpt-4o");
  EXPECT_EQ(found("else"), "any");
  catalogue.models.erase("any");
  EXPECT_EQ(find_model(catalogue, "else"), nullptr);
  EXPECT_EQ(find_model(catalogue, ""), nullptr);
  EXPECT_EQ(find_model(catalogue, "xclaude-1"), nullptr);
}

}  // namespace
}  // namespace entente
