#include "policy/decision.hpp"

#include <gtest/gtest.h>

namespace entente::policy {
namespace {

TEST(Decision, KeepsTheOrderOfPreferenceAndTheReasonOfEachRejection) {
  Catalogue catalogue;
  catalogue.deployments["near"] = {.name = "near", .provider = "local", .model = "m", .facts = {}, .price = {}};
  catalogue.deployments["far"] = {.name = "far", .provider = "local", .model = "m", .facts = {}, .price = {}};
  Model model{.name = "m", .deployments = {"near", "gone \"x\"", "far"}, .created = {}, .owner = {}};

  Decision decision = decide({}, {}, model, catalogue);
  ASSERT_EQ(decision.chosen.size(), 2u);
  EXPECT_EQ(decision.chosen[0]->name, "near");
  EXPECT_EQ(decision.chosen[1]->name, "far");
  EXPECT_EQ(
      to_json(decision),
      R"({"policy":"allow all","candidates":[{"deployment":"near","verdict":"allowed","rule":"allow all"},)"
      R"({"deployment":"gone \"x\"","verdict":"rejected","rule":"known deployment","reason":"is not configured"},)"
      R"({"deployment":"far","verdict":"allowed","rule":"allow all"}]})");
}

TEST(Decision, AModelWithoutDeploymentsChoosesNothing) {
  EXPECT_TRUE(decide({}, {}, Model{}, Catalogue{}).chosen.empty());
}

}  // namespace
}  // namespace entente::policy
