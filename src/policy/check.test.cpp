#include "policy/check.hpp"

#include <random>

#include <gtest/gtest.h>

#include "policy/subjects.hpp"

namespace entente::policy {
namespace {

constexpr std::string_view today = "2026-11-27";

template <class T>
Fact<T> fact(T value, Assurance assurance = Assurance::declared, std::string expires = "") {
  return {
      .value = std::move(value), .assurance = assurance, .source = {}, .reviewed = {}, .expires = std::move(expires)};
}

using Texts = std::vector<std::string>;

Rule require(std::string subject, Texts values, Assurance least = Assurance::declared) {
  return {.demand = Demand::require, .subject = std::move(subject), .values = std::move(values), .least = least};
}
Rule forbid(std::string subject, Texts values) {
  return {.demand = Demand::forbid,
          .subject = std::move(subject),
          .values = std::move(values),
          .least = Assurance::declared};
}

std::string failure(const Rule& rule, const Facts& facts, std::vector<Law> laws = {}) {
  Deployment deployment{.name = "d", .provider = "p", .model = "m", .facts = facts};
  return failure_of(rule, deployment, laws, today).value_or("");
}

TEST(PolicyCheck, SaysWhatIsTheCaseAndWhatIsAskedFor) {
  Facts facts;
  facts.processing_locations = fact(Texts{"SE"});
  facts.ultimate_parent_country = fact<std::string>("US");
  facts.retention_days = fact<std::int64_t>(30);
  facts.training_use = fact(true);
  facts.certifications = fact(Texts{"ISO 27001", "SecNumCloud 3.2"});
  EXPECT_EQ(failure(require("processing_locations", {"FR"}), facts), "processes prompts in SE; only FR is allowed");
  EXPECT_EQ(failure(require("processing_locations", {"FR", "DE"}), facts),
            "processes prompts in SE; only FR and DE are allowed");
  EXPECT_EQ(failure(require("processing_locations", {"EU"}), facts), "");
  EXPECT_EQ(failure(forbid("ultimate_parent_country", {"US", "CN"}), facts),
            "is ultimately owned from US; US and CN are forbidden");
  EXPECT_EQ(failure({.subject = "max_retention_days", .most = 0, .least = Assurance::declared}, facts),
            "keeps prompts for 30 days; 0 days are allowed");
  EXPECT_EQ(failure({.subject = "max_retention_days", .most = 30, .least = Assurance::declared}, facts), "");
  EXPECT_EQ(failure({.subject = "training_use", .truth = false, .least = Assurance::declared}, facts),
            "trains models with prompts; that is forbidden");
  EXPECT_EQ(failure(require("certifications", {"HDS"}), facts),
            "is certified for ISO 27001 and SecNumCloud 3.2; HDS is required");
  EXPECT_EQ(failure(require("certifications", {"secnumcloud", "ISO 27001"}), facts), "");
  EXPECT_EQ(failure(require("certifications", {"ISO 2700"}), facts),
            "is certified for ISO 27001 and SecNumCloud 3.2; ISO 2700 is required")
      << "a part of a word is another word";
}

TEST(PolicyCheck, WhatIsUnknownExpiredOrKnownLessWellFails) {
  Facts facts;
  EXPECT_EQ(failure(require("storage_locations", {"FR"}), facts),
            "does not state where it stores prompts; only FR is allowed");
  EXPECT_EQ(failure(forbid("storage_locations", {"US"}), facts),
            "does not state where it stores prompts; US is forbidden");
  facts.storage_locations = fact(Texts{"FR"}, Assurance::declared, "2026-11-28");
  EXPECT_EQ(failure(require("storage_locations", {"FR"}), facts), "");
  facts.storage_locations.expires = "2026-11-27";
  EXPECT_EQ(failure(require("storage_locations", {"FR"}), facts),
            "does no longer state where it stores prompts; only FR is allowed");
  facts.storage_locations.expires.clear();
  EXPECT_EQ(failure(require("storage_locations", {"FR"}, Assurance::contract), facts),
            "stores prompts in FR as declared only; contract is required");
  facts.storage_locations.assurance = Assurance::unknown;
  EXPECT_EQ(failure(require("storage_locations", {"FR"}), facts),
            "does not state where it stores prompts; only FR is allowed");
}

TEST(PolicyCheck, ALawReachesThroughAnyOfItsWays) {
  std::vector<Law> laws{{.name = "cloud",
                         .title = "",
                         .countries = {"US"},
                         .by = {"operator_headquarters", "ultimate_parent_country"},
                         .source = "",
                         .reviewed = ""}};
  Rule rule = forbid("laws", {"cloud"});
  Facts facts;
  facts.operator_headquarters = fact<std::string>("IE");
  EXPECT_EQ(failure(rule, facts, laws),
            "may be within reach of cloud, as it does not state who ultimately owns it; that is forbidden");
  facts.ultimate_parent_country = fact<std::string>("US");
  EXPECT_EQ(failure(rule, facts, laws),
            "is within reach of cloud, as it is ultimately owned from US; that is forbidden");
  facts.ultimate_parent_country = fact<std::string>("FR");
  EXPECT_EQ(failure(rule, facts, laws), "");
  EXPECT_NE(failure(forbid("laws", {"nobody-knows"}), facts, laws), "");
}

TEST(PolicyCheck, NothingKeptIsNowhereToBeForbidden) {
  Facts facts;
  facts.storage_locations = fact(Texts{});
  facts.processing_locations = fact(Texts{});
  EXPECT_EQ(failure(require("storage_locations", {"FR"}), facts), "");
  EXPECT_NE(failure(require("processing_locations", {"FR"}), facts), "") << "what is processed is processed somewhere";
}

// Random facts and rules: whatever a deployment does not state, it never fares better than by stating anything.
class RandomPolicies : public testing::Test {
 protected:
  template <class T>
  const T& any_of(const std::vector<T>& all) {
    return all[random_() % all.size()];
  }
  Texts countries() {
    Texts out;
    for (unsigned i = random_() % 3; i < 3; ++i) out.push_back(any_of<std::string>({"FR", "SE", "US", "KE"}));
    return out;
  }
  Assurance assurance() { return static_cast<Assurance>(random_() % 5); }
  void fill(Fact<Texts>& one) { one = fact(countries(), assurance()); }
  void fill(Fact<std::string>& one) { one = fact(any_of<std::string>({"FR", "US", "KE"}), assurance()); }
  void fill(Fact<std::int64_t>& one) { one = fact<std::int64_t>(random_() % 40, assurance()); }
  void fill(Fact<bool>& one) { one = fact(random_() % 2 == 0, assurance()); }

  Facts facts() {
    Facts out;
    for_each_fact([&](std::string_view, auto member) {
      if (random_() % 4 > 0) fill(out.*member);
    });
    return out;
  }

  Rule rule() {
    std::vector<Subject> all(subjects().begin(), subjects().end());
    const Subject subject = any_of(all);
    Rule out{.demand = static_cast<Demand>(random_() % 3), .subject = std::string(subject.name), .values = countries()};
    if (subject.kind == Kind::laws) out.values = {"reach"};
    out.most = random_() % 40;
    out.truth = random_() % 2 == 0;
    out.least = assurance();
    return out;
  }

  std::vector<Law> laws_{{.name = "reach",
                          .title = "",
                          .countries = {"US"},
                          .by = {"operator_headquarters", "processing_locations"},
                          .source = "",
                          .reviewed = ""}};
  std::mt19937 random_{20261127};
};

TEST_F(RandomPolicies, UnknownIsNeverBetterThanKnown) {
  int compared = 0;
  for (int i = 0; i < 20'000; ++i) {
    Facts known = facts(), less = known;
    std::size_t dropped = random_() % 15, at = 0;
    for_each_fact([&](std::string_view, auto member) {
      if (at++ == dropped) less.*member = {};
    });
    Rule asked = rule();
    Deployment with{.name = "FR", .provider = "SE", .facts = known},
        without{.name = "FR", .provider = "SE", .facts = less};
    if (!failure_of(asked, with, laws_, today)) continue;
    ++compared;
    EXPECT_TRUE(failure_of(asked, without, laws_, today)) << asked.subject;
  }
  EXPECT_GT(compared, 5'000);
}

TEST_F(RandomPolicies, AskingForMoreAssuranceNeverAllowsMore) {
  for (int i = 0; i < 20'000; ++i) {
    Deployment one{.name = "FR", .provider = "SE", .facts = facts()};
    Rule asked = rule(), stricter = asked;
    stricter.least = static_cast<Assurance>(static_cast<int>(asked.least) + (asked.least < Assurance::measured));
    if (failure_of(asked, one, laws_, today)) {
      EXPECT_TRUE(failure_of(stricter, one, laws_, today)) << asked.subject;
    }
  }
}

}  // namespace
}  // namespace entente::policy
