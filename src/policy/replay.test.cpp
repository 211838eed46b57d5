#include "policy/replay.hpp"

#include <algorithm>
#include <format>
#include <random>

#include <gtest/gtest.h>

#include "policy/read_text.hpp"
#include "policy/text.hpp"

namespace entente::policy {
namespace {

using Texts = std::vector<std::string>;

// Worlds with everything that decisions can depend on, drawn by chance.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (int i = 0; i < below(6) + 1; ++i) {
      Deployment one = deployment("d" + std::to_string(i));
      model.deployments.push_back(one.name);
      if (below(12) > 0) catalogue.deployments.emplace(one.name, one);
    }
    model.strategy = pick({Strategy::priority, Strategy::weight, Strategy::latency, Strategy::price, Strategy::context,
                           Strategy::cascade});
    policies.laws.push_back(
        {.name = "long-arm", .title = "Long arm", .countries = {"US"}, .by = {"ultimate_parent_country"}});
    policies.profiles.push_back({.name = "transfer",
                                 .title = "Transfers",
                                 .rules = {{.subject = "processing_locations",
                                            .values = {"FR", "DE"},
                                            .article = "art. 1",
                                            .grounds = {"clauses"},
                                            .from = "2026-01-01"}}});
    for (int i = 0; i < below(4); ++i) policies.policies.push_back(policy("p" + std::to_string(i)));
    envelope.model = chance() ? "m" : "alias";
    envelope.prompt_bytes = static_cast<std::uint64_t>(below(40'000));
    envelope.needs = {.tools = chance(), .schema = chance() && chance(), .vision = chance() && chance()};
    envelope.needs.speech = below(8) == 0;
    if (chance()) envelope.max_tokens = below(9'000);
    if (chance()) envelope.labels = {"health", "\"é\u2028"};
    if (chance()) envelope.subject = "person";
    if (chance() && chance()) envelope.policies = {"only-here"};
    if (chance()) envelope.preferences = std::make_shared<const Preferences>(preferences());
    principal = {.tenant = "ten_1",
                 .project = "prj_1",
                 .key = "key_1",
                 .tenant_name = "clinic",
                 .project_name = "triage",
                 .key_name = "ward",
                 .labels = {}};
  }

  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }
  bool chance() { return below(2) == 0; }
  template <class T>
  T pick(std::initializer_list<T> all) {
    return all.begin()[below(static_cast<int>(all.size()))];
  }

  DisclosedDecision decided() {
    book.emplace(std::make_shared<Catalogue>(catalogue), std::make_shared<Policies>(policies),
                 std::chrono::year(2026) / 11 / 27);
    auto measured = [this](std::string_view) -> std::optional<std::chrono::microseconds> {
      if (below(3) == 0) return std::nullopt;
      return std::chrono::microseconds(below(1000));
    };
    decision =
        decide(envelope, principal, model, *book, {.draw = random_() * 0x9E3779B97F4A7C15ULL, .first_token = measured});
    if (decision.chosen.size() > 1 && chance())
      note_failure(decision, decision.chosen[0]->name, {.code = ErrorCode::timeout, .message = "m"}, chance());
    if (decision.chosen.size() > 2 && chance()) note_slow(decision, decision.chosen[1]->name);
    return disclosed();
  }

  DisclosedDecision disclosed() const {
    std::vector<std::string> texts = candidate_texts(decision);
    DisclosedDecision out{
        .text = decision_text(decision, question_text(decision, envelope, principal, model, *book), texts.size(), {}),
        .model = envelope.model,
        .policies = policies_text(used_of(policies)),
        .candidates = {},
        .sent_to = {},
        .asked_before = {}};
    for (std::size_t i = 0; i < texts.size(); ++i) {
      auto found = catalogue.deployments.find(model.deployments[i]);
      bool there = found != catalogue.deployments.end();
      out.candidates.push_back({.text = texts[i],
                                .facts = there ? facts_text(found->second.facts) : "",
                                .terms = there ? terms_text(found->second) : ""});
    }
    auto first = std::ranges::find_if(decision.verdicts, [](const Verdict& one) { return one.allowed && !one.tried; });
    if (first != decision.verdicts.end()) out.sent_to = first->deployment;
    return out;
  }

  Catalogue catalogue;
  Policies policies;
  Model model{.name = "m", .deployments = {}, .created = {}, .owner = {}};
  Envelope envelope;
  Principal principal;
  std::optional<Rulebook> book;
  Decision decision;

 private:
  template <class T>
  Fact<T> fact(T value) {
    if (below(4) == 0) return {};
    return {.value = std::move(value),
            .assurance = pick({Assurance::declared, Assurance::contract, Assurance::measured}),
            .source = chance() ? "a \"source\"" : "",
            .reviewed = {},
            .expires = below(5) == 0 ? "2026-11-01" : ""};
  }

  Deployment deployment(std::string name) {
    Deployment out{.name = std::move(name),
                   .provider = pick<std::string>({"local", "far", "near"}),
                   .model = "m",
                   .facts = {},
                   .price = {}};
    out.facts.processing_locations = fact(Texts{pick<std::string>({"FR", "DE", "US"})});
    out.facts.ultimate_parent_country = fact(pick<std::string>({"FR", "US"}));
    out.facts.retention_days = fact<std::int64_t>(below(2));
    out.facts.training_use = fact(chance());
    out.facts.transfer_grounds = fact(Texts{"transfer:clauses"});
    if (chance())
      out.price = Price{pick<std::string>({"EUR", "USD"}), below(9) * 1'000'000'000LL, INT64_MAX - below(3)};
    if (chance()) out.price = Price{"EUR", below(5), below(5), below(5)};
    if (chance())
      out.capabilities = Needs{.tools = chance(), .schema = chance(), .vision = chance(), .speech = chance()};
    if (chance()) out.context_tokens = static_cast<std::uint32_t>(below(20'000));
    out.weight = static_cast<std::uint32_t>(below(4));
    return out;
  }

  Policy policy(std::string name) {
    Policy out{.name = std::move(name)};
    if (chance()) out.when.labels = {"health"};
    if (chance() && chance()) out.when.models = {"al*", "m"};
    if (chance() && chance()) out.when.persons = {"person"};
    if (chance() && chance()) out.when.tenants = {pick<std::string>({"clinic", "bank"})};
    if (chance() && chance()) out.when.keys = {"ward"};
    if (chance()) out.profiles = {"transfer"};
    if (chance()) out.rules.push_back({.demand = Demand::forbid, .subject = "laws", .values = {"long-arm"}});
    if (chance())
      out.rules.push_back({.demand = pick({Demand::require, Demand::prefer}),
                           .subject = "processing_locations",
                           .values = {"FR", "DE"},
                           .least = pick({Assurance::unknown, Assurance::contract})});
    if (chance()) out.rules.push_back({.subject = "max_retention_days", .most = 0});
    if (chance()) out.rules.push_back({.demand = Demand::forbid, .subject = "training_use", .truth = true});
    return out;
  }

  Preferences preferences() {
    Preferences out;
    if (chance()) out.order = {"near", "d1"};
    if (chance() && chance()) out.only = Texts{"local", "far"};
    if (chance() && chance()) out.ignore = {"d2"};
    out.allow_fallbacks = chance() || chance();
    if (chance()) out.sort = pick({Preferences::Sort::price, Preferences::Sort::latency});
    if (chance() && chance())
      out.most_price = {.currency = "EUR", .input_nano_per_million = 3, .output_nano_per_million = {}};
    out.no_data_collection = below(4) == 0;
    return out;
  }

  std::mt19937 random_;
};

constexpr unsigned worlds = 3'000;

TEST(Replay, WhatWasDecidedComesOutAgain) {
  int sent = 0, with_failure = 0;
  for (unsigned seed = 0; seed < worlds; ++seed) {
    World world(seed);
    DisclosedDecision decision = world.decided();
    Result<> same = replay(decision);
    ASSERT_TRUE(same) << seed << ": " << same.error().message << decision.text;
    sent += !decision.sent_to.empty();
    with_failure +=
        std::ranges::any_of(world.decision.verdicts, [](const Verdict& one) { return one.tried.has_value(); });
  }
  EXPECT_GT(sent, 300) << "the worlds are worth trying";
  EXPECT_GT(with_failure, 50);
}

// A server that writes down something else than it decided.
TEST(Replay, AVerdictARankOrAReasonThatDoesNotFollowIsFound) {
  unsigned swapped = 0, refused = 0, another = 0;
  for (unsigned seed = 0; seed < worlds; ++seed) {
    World world(seed);
    const DisclosedDecision honest = world.decided();
    std::vector<Verdict>& verdicts = world.decision.verdicts;
    const std::vector<Verdict> as_decided = verdicts;
    for (Verdict& verdict : verdicts) {
      verdict.rule += "!";
      EXPECT_FALSE(replay(world.disclosed())) << seed;
      verdict.rule.pop_back();
      verdict.allowed = !verdict.allowed;
      EXPECT_FALSE(replay(world.disclosed())) << seed;
      verdict.allowed = !verdict.allowed;
    }
    if (verdicts.size() > 1 && verdicts[1].allowed) {
      std::swap(verdicts[0], verdicts[1]);
      EXPECT_FALSE(replay(world.disclosed())) << seed;
      ++swapped;
      verdicts = as_decided;
      DisclosedDecision other = honest;
      other.sent_to = verdicts.back().deployment;
      if (other.sent_to != honest.sent_to) {
        EXPECT_FALSE(replay(other)) << seed;
        for (const Verdict& one : verdicts) other.asked_before.push_back(one.deployment);
        EXPECT_EQ(replay(other).has_value(), verdicts.back().allowed) << seed << ": hedged";
        ++another;
      }
    }
    if (!honest.sent_to.empty()) {
      DisclosedDecision other = honest;
      other.sent_to.clear();
      EXPECT_FALSE(replay(other)) << seed << ": refused although somebody might have taken it";
      ++refused;
    }
    world.decision.applied_names.push_back("another");
    EXPECT_FALSE(replay(world.disclosed())) << seed;
  }
  EXPECT_GT(swapped, 100u);
  EXPECT_GT(another, 50u);
  EXPECT_GT(refused, 300u);
}

std::string said(const DisclosedDecision& disclosed) {
  Result<> done = replay(disclosed);
  return done ? "" : done.error().message;
}

TEST(Replay, SaysWhyItCannotBeDone) {
  World world(0);
  world.catalogue.deployments.clear();
  world.model = {.name = "m", .deployments = {"near", "far"}, .created = {}, .owner = {}};
  for (const std::string& name : world.model.deployments)
    world.catalogue.deployments[name] = {.name = name, .provider = "local", .model = "m", .facts = {}, .price = {}};
  world.policies = {};
  world.envelope = {.model = "m", .kind = "chat", .max_tokens = std::nullopt};
  DisclosedDecision whole = world.decided();
  whole.asked_before = {"near", "far"};
  ASSERT_EQ(said(whole), "");
  DisclosedDecision less = whole;
  less.candidates.pop_back();
  EXPECT_EQ(said(less), "The decision cannot be run again: the receipt discloses 1 of its 2 candidates.");
  less = whole;
  less.candidates[1].terms.clear();
  EXPECT_EQ(said(less), "The decision cannot be run again: the facts or terms of far are not disclosed.");
  less = whole;
  less.policies = "{}";
  EXPECT_EQ(said(less), "The decision cannot be run again: its policies are not disclosed.");
  less = whole;
  less.text = R"({"applied":[],"candidates":[],"policies":""})";
  EXPECT_EQ(said(less), "The decision cannot be run again: it is from before decisions were recorded whole.");
  less = whole;
  less.text.replace(less.text.find("\"version\":2"), 11, "\"version\":9");
  EXPECT_EQ(said(less), "The decision cannot be run again: it is of version 9, and this Entente decides by version 2.");
  less.text = decision_text(world.decision, "", 2, {});
  EXPECT_EQ(said(less),
            "The decision cannot be run again: it was a test of a deployment, for which nothing is decided.");
}

TEST(DecisionText, NamesThatNoPolicyAsksForAreLeftOut) {
  World world(1);
  world.policies = {};
  world.envelope.subject = "a patient's name";
  std::string text = world.decided().text;
  for (const char* name : {"a patient's name", "clinic", "triage", "ward"}) EXPECT_FALSE(text.contains(name)) << name;
  world.policies.policies.push_back({.name = "p", .when = {.persons = {"somebody else"}}});
  EXPECT_TRUE(world.decided().text.contains("a patient's name"));
}

TEST(ReadText, WhatWasWrittenIsReadBackAsItWas) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    World world(seed);
    auto policies = read_policies(policies_text(world.policies));
    ASSERT_TRUE(policies) << policies.error().message;
    EXPECT_EQ(*policies, world.policies);
    for (const auto& [name, deployment] : world.catalogue.deployments) {
      auto facts = read_facts(facts_text(deployment.facts));
      ASSERT_TRUE(facts) << facts.error().message;
      EXPECT_EQ(facts_text(*facts), facts_text(deployment.facts));
      auto terms = read_terms(terms_text(deployment));
      ASSERT_TRUE(terms) << terms.error().message;
      EXPECT_EQ(terms_text(*terms), terms_text(deployment));
    }
  }
}

TEST(ReadText, WhatIsNotKnownHereIsRefused) {
  EXPECT_FALSE(read_facts(R"({"moon_phase":{"assurance":"declared","value":"full"}})"));
  EXPECT_FALSE(read_facts(R"({"operator":{"assurance":"certain","value":"x"}})"));
  EXPECT_FALSE(read_terms(R"({"context_tokens":-1,"provider":"p","weight":1})"));
  EXPECT_FALSE(read_terms(
      R"({"context_tokens":1,"price":{"currency":"EUR","input":"1.5","output":"2"},"provider":"p","weight":1})"));
  EXPECT_FALSE(read_policies(R"({"laws":[],"policies":[],"profiles":[],"exceptions":[]})"));
  EXPECT_FALSE(read_policies("no"));
}

}  // namespace
}  // namespace entente::policy
