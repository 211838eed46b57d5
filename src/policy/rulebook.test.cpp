#include "policy/rulebook.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "policy/decision.hpp"
#include "policy/text.hpp"

namespace entente::policy {
namespace {

using Texts = std::vector<std::string>;

Facts placed(std::string country, std::string owner) {
  Facts facts;
  facts.processing_locations = {.value = Texts{std::move(country)},
                                .assurance = Assurance::declared,
                                .source = {},
                                .reviewed = {},
                                .expires = {}};
  facts.ultimate_parent_country = {
      .value = std::move(owner), .assurance = Assurance::declared, .source = {}, .reviewed = {}, .expires = {}};
  return facts;
}

struct World {
  Catalogue catalogue;
  Policies policies;
  Model model{.name = "m", .deployments = {}, .created = {}, .owner = {}};

  World& deployment(std::string name, Facts facts, std::string provider = "p") {
    model.deployments.push_back(name);
    catalogue.deployments[name] = {
        .name = name, .provider = std::move(provider), .model = "m", .facts = std::move(facts)};
    return *this;
  }
  Rulebook book(Rulebook::Day day = std::chrono::year(2026) / 11 / 27) const {
    return {std::make_shared<Catalogue>(catalogue), std::make_shared<Policies>(policies), day};
  }
};

Rule within(std::string country) {
  return {.subject = "processing_locations", .values = {std::move(country)}, .least = Assurance::declared};
}

World hospital() {
  World world;
  world.deployment("here", placed("FR", "FR"), "local").deployment("sweden", placed("SE", "US"));
  world.policies.policies = {{.name = "health",
                              .because = "patients' data stay in France",
                              .when = {.labels = {"health"}},
                              .rules = {within("FR")},
                              .profiles = {},
                              .grounds = {}}};
  return world;
}

// Which of its rules Sweden does not meet; empty: it meets them all.
std::string swedens_failure(const Rulebook& book) {
  const auto& failures = book.judged("sweden")->failures;
  return failures.front().policy == 0 ? failures.front().rule : "";
}

std::string allowed(const Decision& decision) {
  std::string out;
  for (const Deployment* one : decision.chosen) out += (out.empty() ? "" : " ") + one->name;
  return out;
}

TEST(Rulebook, APolicyAppliesToWhatItsWhenNames) {
  World world = hospital();
  Rulebook book = world.book();
  EXPECT_EQ(allowed(decide({.model = "m"}, {}, world.model, book)), "here sweden");
  EXPECT_EQ(allowed(decide({.model = "m", .labels = {"minors", "health"}}, {}, world.model, book)), "here");
  // Asked for by name, without the label.
  EXPECT_EQ(allowed(decide({.model = "m", .policies = {"health"}}, {}, world.model, book)), "here");
  EXPECT_EQ(allowed(decide({.model = "m", .policies = {"only-here"}}, {}, world.model, book)), "here");
}

TEST(Rulebook, WhenKnowsTenantsProjectsKeysPersonsModelsAndDays) {
  World world = hospital();
  When& when = world.policies.policies[0].when;
  auto applies = [&](const Envelope& envelope, const Principal& principal, std::string_view model = "m") {
    return !world.book().applying(envelope, principal, model).empty();
  };
  when = {.tenants = {"clinic"}, .projects = {"triage"}};
  EXPECT_TRUE(applies({}, {.tenant_name = "clinic", .project_name = "triage"}));
  EXPECT_FALSE(applies({}, {.tenant_name = "clinic", .project_name = "billing"}));
  when = {.keys = {"ward 3"}, .persons = {"p-17"}};
  EXPECT_TRUE(applies({.subject = "p-17"}, {.key_name = "ward 3"}));
  EXPECT_FALSE(applies({.subject = "p-18"}, {.key_name = "ward 3"}));
  when = {.models = {"gpt-*"}};
  EXPECT_TRUE(applies({.model = "gpt-4o"}, {}, "assistant"));
  EXPECT_TRUE(applies({.model = "clever"}, {}, "gpt-4o")) << "another name for it does not lead around a policy";
  EXPECT_FALSE(applies({.model = "clever"}, {}, "assistant"));
  when = {.from = "2026-11-27", .until = "2026-11-28"};
  auto on = [&](int day) { return !world.book(std::chrono::year(2026) / 11 / day).applying({}, {}, "m").empty(); };
  EXPECT_FALSE(on(26));
  EXPECT_TRUE(on(27));
  EXPECT_FALSE(on(28));
}

TEST(Rulebook, ARefusalNamesRuleReasonAndWayOut) {
  World world = hospital();
  world.model.deployments = {"sweden"};
  Rulebook book = world.book();  // what is decided points into it
  Decision decision = decide({.model = "m", .labels = {"health"}}, {}, world.model, book);
  auto refusal = refusal_by_policy(decision, "m", book);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->code, ErrorCode::forbidden);
  EXPECT_EQ(
      refusal->message,
      "The policy 'health' (patients' data stay in France) allows no deployment of the model 'm'. sweden processes "
      "prompts in SE; only FR is allowed. What would make it possible: a deployment that processes prompts in FR "
      "only.");
}

TEST(Rulebook, WhoIsAllowedButCannotDoItIsNoRefusalByPolicy) {
  World world = hospital();
  world.catalogue.deployments["here"].capabilities = Needs{};
  Rulebook book = world.book();
  Envelope work{.model = "m", .needs = {.tools = true}, .labels = {"health"}};
  Decision decision = decide(work, {}, world.model, book);
  EXPECT_TRUE(decision.chosen.empty());
  EXPECT_FALSE(refusal_by_policy(decision, "m", book));
}

TEST(Rulebook, AProfileHoldsUntilOneOfItsGroundsIsGiven) {
  World world = hospital();
  Rule transfer = within("FR");
  transfer.article = "art. 44";
  transfer.grounds = {"clauses", "consent"};
  world.policies.profiles = {
      {.name = "transfer", .title = "", .status = "", .source = "", .reviewed = "", .notes = {}, .rules = {transfer}}};
  Policy& policy = world.policies.policies[0];
  policy = {.name = "personal", .because = "", .when = {}, .rules = {}, .profiles = {"transfer"}, .grounds = {}};
  EXPECT_EQ(swedens_failure(world.book()), "personal: transfer, art. 44");

  policy.grounds = {"transfer:consent"};
  EXPECT_EQ(swedens_failure(world.book()), "");
  EXPECT_EQ(world.book().judged("sweden")->grounds.at(0), "transfer:consent");
  policy.grounds = {"other:consent"};
  EXPECT_NE(swedens_failure(world.book()), "");

  // By the deployment's contract, as long as that stands.
  auto& contract = world.catalogue.deployments["sweden"].facts.transfer_grounds;
  contract = {.value = Texts{"transfer:clauses"},
              .assurance = Assurance::contract,
              .source = {},
              .reviewed = {},
              .expires = "2026-12-01"};
  Rulebook book = world.book();  // what is decided points into it
  Decision decision = decide({.model = "m"}, {}, world.model, book);
  EXPECT_EQ(allowed(decision), "here sweden");
  EXPECT_EQ(decision.verdicts[1].grounds, "transfer:clauses");
  EXPECT_NE(swedens_failure(world.book(std::chrono::year(2026) / 12 / 1)), "");
}

TEST(Rulebook, PreferencesOrderAndRefuseNobody) {
  World world = hospital();
  world.policies.policies = {
      {.name = "green", .because = "", .when = {}, .rules = {within("SE")}, .profiles = {}, .grounds = {}}};
  world.policies.policies[0].rules[0].demand = Demand::prefer;
  EXPECT_EQ(allowed(decide({.model = "m"}, {}, world.model, world.book())), "sweden here");
}

TEST(Rulebook, AnUnknownPolicyIsTheClientsMistake) {
  Rulebook book = hospital().book();
  EXPECT_TRUE(book.check_names({"health", "only-here"}));
  auto unknown = book.check_names({"heath"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "There is no policy 'heath' here. Did you mean 'health'?");
}

TEST(Rulebook, ItsHashIsThatOfWhatIsInForce) {
  World world = hospital();
  std::string before = world.book().hash();
  world.policies.profiles.push_back(
      {.name = "unused", .title = "", .status = "", .source = "", .reviewed = "", .notes = {}, .rules = {}});
  EXPECT_EQ(world.book().hash(), before) << "nobody names it";
  world.policies.policies[0].rules[0].values = {"SE"};
  EXPECT_NE(world.book().hash(), before);
}

// Random policies over random deployments: narrower is all that one more can make it, in whatever order they stand.
TEST(Rulebook, OneMorePolicyNeverAllowsMoreAndOrderDecidesNothing) {
  std::mt19937 random(7);
  const Texts places{"FR", "SE", "US", "KE"};
  auto any = [&] { return places[random() % places.size()]; };
  for (int round = 0; round < 300; ++round) {
    World world;
    for (int i = 0; i < 6; ++i) world.deployment("d" + std::to_string(i), placed(any(), any()));
    auto policy = [&](int number) {
      Policy one{
          .name = "p" + std::to_string(number), .because = "", .when = {}, .rules = {}, .profiles = {}, .grounds = {}};
      if (random() % 2) one.when.labels = {any()};
      for (unsigned i = random() % 3; i < 3; ++i) {
        one.rules.push_back({.demand = random() % 2 ? Demand::require : Demand::forbid,
                             .subject = random() % 2 ? "processing_locations" : "ultimate_parent_country",
                             .values = {any(), any()},
                             .least = Assurance::declared});
      }
      return one;
    };
    Envelope work{.model = "m", .labels = {any()}};
    auto who = [&] {
      std::set<std::string> names;
      for (const Deployment* one : decide(work, {}, world.model, world.book()).chosen) names.insert(one->name);
      return names;
    };
    for (int number = 0; number < 4; ++number) world.policies.policies.push_back(policy(number));
    std::set<std::string> before = who();
    std::ranges::shuffle(world.policies.policies, random);
    EXPECT_EQ(who(), before);
    world.policies.policies.push_back(policy(9));
    std::set<std::string> after = who();
    EXPECT_TRUE(std::ranges::includes(before, after));
    work.labels.push_back(any());
    EXPECT_TRUE(std::ranges::includes(after, who())) << "a label more";
    work.policies = {"only-here"};
    EXPECT_TRUE(who().empty());
  }
}

}  // namespace
}  // namespace entente::policy
