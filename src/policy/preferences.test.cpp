#include "policy/preferences.hpp"

#include <gtest/gtest.h>

namespace entente::policy {
namespace {

using Names = std::vector<std::string>;

Deployment named(std::string name, std::string provider, std::optional<Price> price = {}) {
  return {.name = std::move(name), .provider = std::move(provider), .price = std::move(price)};
}

std::optional<std::string> refused(const Preferences& preferences, const Deployment& deployment) {
  return unwanted(preferences, deployment, "2026-06-01");
}

TEST(Preferences, OnlyAndIgnoreNameProvidersOrDeployments) {
  Deployment far = named("gpt-sweden", "azure"), near = named("here", "local");
  EXPECT_FALSE(refused({}, far));
  EXPECT_FALSE(refused({.only = Names{"AZURE"}}, far));
  EXPECT_FALSE(refused({.only = Names{"gpt-sweden", "x"}}, far));
  EXPECT_TRUE(refused({.only = Names{"azure"}}, near));
  EXPECT_TRUE(refused({.only = Names{}}, near)) << "nobody is named";
  EXPECT_TRUE(refused({.ignore = {"local"}}, near));
  EXPECT_FALSE(refused({.ignore = {"local"}}, far));
}

TEST(Preferences, WhatIsNotKnownIsNotCheapAndNotSilent) {
  Preferences preferences{.most_price = Preferences::MostPrice{.currency = "EUR", .input_nano_per_million = 5}};
  EXPECT_FALSE(refused(preferences, named("a", "p", Price{"EUR", 5, 900})));
  EXPECT_TRUE(refused(preferences, named("a", "p", Price{"EUR", 6, 0})));
  EXPECT_TRUE(refused(preferences, named("a", "p", Price{"USD", 1, 1})));
  EXPECT_TRUE(refused(preferences, named("a", "p")));
  preferences.most_price->output_nano_per_million = 10;
  EXPECT_TRUE(refused(preferences, named("a", "p", Price{"EUR", 5, 11})));
}

TEST(Preferences, WhoIsNotKnownToKeepNothingAndTrainOnNothingCollects) {
  const Preferences wish{.no_data_collection = true};
  Deployment silent = named("a", "p");
  EXPECT_TRUE(refused(wish, silent));
  silent.facts.retention_days = {.value = 0, .assurance = Assurance::declared};
  EXPECT_TRUE(refused(wish, silent)) << "it may train on it";
  silent.facts.training_use = {.value = false, .assurance = Assurance::declared};
  EXPECT_FALSE(refused(wish, silent));
  silent.facts.training_use.expires = "2026-06-01";
  EXPECT_TRUE(refused(wish, silent)) << "nobody has said so again";
  silent.facts.training_use = {.value = true, .assurance = Assurance::declared};
  EXPECT_TRUE(refused(wish, silent));
  silent.facts.training_use.value = false;
  silent.facts.retention_days.value = 30;
  EXPECT_TRUE(refused(wish, silent));
}

std::string order_of(const Preferences& preferences, std::size_t* left_out = nullptr) {
  static const Deployment a = named("a", "one"), b = named("b", "two"), c = named("c", "one"), d = named("d", "three");
  std::vector<Candidate> candidates{{.deployment = &a}, {.deployment = &b}, {.deployment = &c}, {.deployment = &d}};
  std::size_t out = prefer(preferences, candidates).size();
  if (left_out) *left_out = out;
  std::string names;
  for (const Candidate& one : candidates) names += one.deployment->name;
  return names;
}

TEST(Preferences, WhoIsNamedFirstIsAskedFirst) {
  EXPECT_EQ(order_of({}), "abcd");
  EXPECT_EQ(order_of({.order = {"three", "one"}}), "dacb");
  EXPECT_EQ(order_of({.order = {"nobody", "c"}}), "cabd");
  std::size_t left_out = 0;
  EXPECT_EQ(order_of({.allow_fallbacks = false}, &left_out), "a");
  EXPECT_EQ(left_out, 3u);
  EXPECT_EQ(order_of({.order = {"two", "one"}, .allow_fallbacks = false}), "bac");
  EXPECT_EQ(order_of({.order = {"nobody"}, .allow_fallbacks = false}), "");
}

}  // namespace
}  // namespace entente::policy
