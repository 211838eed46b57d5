#include "app/server/reached_providers.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "config/definition.hpp"
#include "providers/all.hpp"

namespace entente::app {
namespace {

TEST(ReachedProviders, EveryMakerCanBeConfiguredAndNoOther) {
  auto kind =
      std::ranges::find(config::provider_settings(), std::string("kind"), &config::Setting<config::Provider>::key);
  for (const std::string& name : providers::remote_kinds()) EXPECT_TRUE(kind->words.contains('"' + name + '"')) << name;
  EXPECT_EQ(std::ranges::count(kind->words, '"') / 2,
            static_cast<std::ptrdiff_t>(providers::remote_kinds().size()) + 1);
}

}  // namespace
}  // namespace entente::app
