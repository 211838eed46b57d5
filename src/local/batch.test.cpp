#include "local/batch.hpp"

#include <gmock/gmock.h>

namespace entente::local {
namespace {

using testing::ElementsAre;
constexpr StepLimits limits{.most = 100, .prompt_beside_answers = 10};

TEST(ComposeStep, EveryRunningAnswerGetsItsTokenBeforeAnyPrompt) {
  std::vector<Demand> demands{{.prompt_left = 500}, {}, {.prompt_left = 3}, {}};
  EXPECT_THAT(compose_step(demands, limits), ElementsAre(10, 1, 0, 1));
}

TEST(ComposeStep, PromptsAreTakenInOrderAndShareTheRest) {
  std::vector<Demand> demands{{.prompt_left = 4}, {}, {.prompt_left = 30}};
  EXPECT_THAT(compose_step(demands, limits), ElementsAre(4, 1, 6));
}

TEST(ComposeStep, AloneAPromptFillsTheStep) {
  std::vector<Demand> demands{{.prompt_left = 70}, {.prompt_left = 500}};
  EXPECT_THAT(compose_step(demands, limits), ElementsAre(70, 30));
}

TEST(ComposeStep, NeverExceedsTheStep) {
  std::vector<Demand> demands(7);
  EXPECT_THAT(compose_step(demands, {.most = 5, .prompt_beside_answers = 10}), ElementsAre(1, 1, 1, 1, 1, 0, 0));
  EXPECT_THAT(compose_step({}, limits), ElementsAre());
}

}  // namespace
}  // namespace entente::local
