#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "config/explain.hpp"
#include "config/load.hpp"

namespace entente::config {
namespace {

TEST(Config, TheExampleOfTheDocumentsLoads) {
  auto loaded = load_text(R"(
[server]
listen = ["127.0.0.1:8080", "unix:/run/entente.sock"]
drain_time = "5s"
[server.limits]
body_bytes = "1MiB"
[server.facts]
processing_locations = { value = ["FR"], assurance = "declared", reviewed = 2026-10-01 }
operator = "Example Hospital"
retention_days = 0
[[deployments]]
name = "here"
provider = "local"
model = "smollm2:135m"
[deployments.price]
currency = "EUR"
input_per_million = 0.1
output_per_million = 2
[[models]]
name = "assistant"
deployments = ["here"]
strategy = "priority"
)",
                          "entente.toml");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config& config = loaded->config;
  EXPECT_EQ(config.server.listen.size(), 2u);
  EXPECT_EQ(config.server.drain_time, std::chrono::seconds(5));
  EXPECT_EQ(config.server.limits.body_bytes, 1024u * 1024);
  EXPECT_EQ(place_of(config.server.facts), "FR");
  EXPECT_EQ(config.server.facts.processing_locations.reviewed, "2026-10-01");
  EXPECT_EQ(config.deployments.at(0).price->input_nano_per_million, 100'000'000);
  EXPECT_EQ(config.models.at(0).deployments.at(0), "here");
  EXPECT_EQ(loaded->origins.at("server.drain_time"), "entente.toml:4");
}

TEST(Config, NoFileIsAllDefaults) {
  auto loaded = load_text("", "x");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.server.listen.at(0), "127.0.0.1:8080");
  EXPECT_TRUE(loaded->origins.empty());
}

struct Mistake {
  const char* text;
  const char* message;
};
class ConfigMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ConfigMistakes, AreNamedWithTheirPlaceAndAWayOut) {
  auto loaded = load_text(GetParam().text, "e.toml");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ConfigMistakes,
    testing::Values(
        Mistake{"[server]\nlisen = []",
                "e.toml:2:1: there is no setting \"server.lisen\"; did you mean \"server.listen\"?"},
        Mistake{"[server]\nunkeyed_listeners = [\"127.0.0.1:11434\"]",
                "e.toml:2:1: server.unkeyed_listeners names \"127.0.0.1:11434\", which is not in server.listen"},
        Mistake{"[sever]\n", "e.toml:1:2: there is no setting \"sever\"; did you mean \"server\"?"},
        Mistake{"[server]\nlisten = \"x\"",
                "e.toml:2:1: server.listen: expected a list of texts in brackets, but a string came"},
        Mistake{"[engine]\nsequences = 1000",
                "e.toml:2:1: engine.sequences: expected an integer from 0 to 256, but 1000 came"},
        Mistake{"[engine]\ngpu_layers = \"all\"",
                "e.toml:2:1: engine.gpu_layers: expected \"auto\", or an integer up to 1000, but a string "
                "came"},
        Mistake{"[server]\ndrain_time = 5",
                "e.toml:2:1: server.drain_time: expected a duration like \"10s\" (units: ms, s, min, h, d)"},
        Mistake{"[audit]\nkeep = \"999999999999d\"",
                "e.toml:2:1: audit.keep: expected a duration like \"10s\" (units: ms, s, min, h, d)"},
        Mistake{"[[engine.shares]]\ntenant = \"clinic\"\nweight = 0",
                "e.toml:3:1: engine.shares.weight: expected a number from 0.01 to 1000"},
        Mistake{"[[engine.shares]]\ntenant = \"a\"\nweight = 2\n[[engine.shares]]\ntenant = \"a\"\nweight = 3",
                "e.toml:4:1: the tenant \"a\" has two shares; one is enough"},
        Mistake{"[audit]\nkeep = \"36501d\"", "e.toml:2:1: audit.keep: expected at most \"36500d\""},
        Mistake{"audit.keep_accounts = \"400d\"",
                "e.toml:1:7: audit.keep_accounts: records go first: set audit.keep, and accounts at least as long and "
                "\"62d\""},
        Mistake{"audit.keep = \"1d\"\naudit.keep_accounts = \"61d\"",
                "e.toml:2:7: audit.keep_accounts: records go first: set audit.keep, and accounts at least as long and "
                "\"62d\""},
        Mistake{"[log]\nlevel = \"inf\"",
                "e.toml:2:1: log.level: expected one of \"debug\", \"info\", \"warning\", \"error\", but "
                "\"inf\" came; did you mean \"info\"?"},
        Mistake{"[telemetry]\notlp_authorization = \"hunter2\"",
                "e.toml:2:1: telemetry.otlp_authorization: expected where the secret is kept, \"env:NAME\" "
                "or \"file:/path\"; a secret "
                "never stands in this file"},
        Mistake{"[[policies]]\nname = \"p\"",
                "e.toml:1:1: the policy \"p\" asks for nothing; write a require, a forbid, a prefer or "
                "profiles"},
        Mistake{"[[policies]]\nname = \"p\"\nrequire = { procesing_locations = [\"FR\"] }",
                "e.toml:3:13: there is no setting \"procesing_locations\"; did you mean "
                "\"processing_locations\"?"},
        Mistake{"[[policies]]\nname = \"p\"\nrequire = { storage_locations = [\"France\"] }",
                "e.toml:3:13: policies.require.storage_locations: expected countries by their ISO 3166 "
                "codes, like \"FR\", or \"EU\" or \"EEA\", but \"France\" came"},
        Mistake{"[[policies]]\nname = \"p\"\nprofiles = [\"eu-transfert\"]",
                "e.toml:1:1: the policy \"p\" names the profile \"eu-transfert\", which nobody described; "
                "did you mean \"eu-transfer\"?"},
        Mistake{"[[policies]]\nname = \"p\"\nforbid = { laws = [\"us-cloud\"] }",
                "e.toml:1:1: policies.p names the law \"us-cloud\", which nobody described; did you mean "
                "\"us-cloud-act\"?"},
        Mistake{"[[policies]]\nname = \"p\"\nprofiles = [\"eu-transfer\"]\ngrounds = [\"eu-transfer:hope\"]",
                "e.toml:1:1: the policy \"p\" gives the ground \"eu-transfer:hope\", which no profile knows; "
                "did you mean \"eu-transfer:dpf\"?"},
        Mistake{"[[policies]]\nname = \"only-here\"\nrequire = { max_retention_days = 0 }",
                "e.toml:1:1: the policy \"only-here\" is always there; choose another name"},
        Mistake{"[[policies]]\nname = \"p\"\nforbid = { max_retention_days = 0 }",
                "e.toml:3:12: there is no setting \"max_retention_days\"; `entente config explain` lists them"},
        Mistake{"[[policies]]\nname = \"p\"\nrequire = { max_retention_days = 0 }\nwhen = { until = \"soon\" }",
                "e.toml:4:10: policies.when.until: expected a date like 2026-10-01, but \"soon\" came"},
        Mistake{"[server.facts]\nprocessing_locations = [\"Paris\"]",
                "e.toml:2:1: server.facts.processing_locations: expected countries by their ISO 3166 codes, "
                "like \"FR\", but \"Paris\" came"},
        Mistake{"[[deployments]]\nname = \"a\"\nprovider = \"locla\"\nmodel = \"m\"",
                "e.toml:1:1: the deployment \"a\" names the provider \"locla\", which is not configured; "
                "did you mean \"local\"?"},
        Mistake{"[[deployments]]\nname = \"a\"\nprovider = \"local\"",
                "e.toml:1:1: deployments: \"model\" is missing (text)"},
        Mistake{"[[engine.models]]\nname = \"m\"\n[[engine.models]]\nname = \"m\"",
                "e.toml:3:1: two entries of engine.models are for \"m\"; write one"},
        Mistake{"[[engine.models]]\nname = \"m\"\nsequence = 4",
                "e.toml:3:1: there is no setting \"sequence\"; did you mean \"sequences\"?"},
        Mistake{"[[engine.adapters]]\nname = \"x\"\nmodel = \"m\"\nfile = \"f\"\n"
                "[[deployments]]\nname = \"a\"\nprovider = \"local\"\nmodel = \"m+y\"",
                "e.toml:5:1: the deployment \"a\" names \"m+y\", but no such [[engine.adapters]] is "
                "configured; did you mean \"m+x\"?"},
        Mistake{"[[engine.models]]\nname = \"m\"\ndraft = \"m\"",
                "e.toml:1:1: engine.models.draft: \"m\" would guess for itself; name a smaller model"},
        Mistake{"[[engine.adapters]]\nname = \"x\"\nmodel = \"m\"\nfile = \"f\"\nscale = 11",
                "e.toml:5:1: engine.adapters.scale: expected a number from -10 to 10"},
        Mistake{"[[quotas]]\nname = \"q\"",
                "e.toml:1:1: the quota \"q\" bounds nothing: give it requests_per_minute, "
                "tokens_per_minute, at_once, money_per_day or money_per_month"},
        Mistake{"[[quotas]]\nname = \"q\"\nmoney_per_day = 1.5",
                "e.toml:1:1: the quota \"q\" needs a \"currency\", like \"EUR\""},
        Mistake{
            "[[quotas]]\nname = \"q\"\nat_once = 1\neach = \"person\"",
            "e.toml:4:1: quotas.each: expected one of \"key\", \"project\", \"tenant\", \"all\", but \"person\" came"},
        Mistake{"[[quotas]]\nname = \"q\"\nat_once = 1\n[[quotas]]\nname = \"q\"\nat_once = 2",
                "e.toml:4:1: two quotas are named \"q\"; names must differ"},
        Mistake{"[[models]]\nname = \"m\"\ndeployments = [\"gone\"]",
                "e.toml:1:1: the model \"m\" names the deployment \"gone\", which is not configured"},
        Mistake{"[[providers]]\nname = \"x\"\nkind = \"opnai\"",
                "e.toml:3:1: providers.kind: expected one of \"local\", \"anthropic\", \"azure-openai\", "
                "\"bedrock\", \"entente\", "
                "\"gemini\", \"mistral\", \"openai\", \"openai-compatible\", \"xai\", but \"opnai\" came; "
                "did you mean \"openai\"?"},
        Mistake{"[server]\ntls.key = \"k\"",
                "e.toml:2:5: server.tls.certificate and server.tls.key belong together: set both or neither"}));

TEST(Config, PoliciesAreReadAsTheyAreWritten) {
  auto loaded = load_text(R"(
[[policies]]
name = "health"
because = "patients' data stay in France"
when = { labels = ["health"], from = 2026-10-01 }
require = { processing_locations = ["FR"], max_retention_days = 0, assurance = "contract" }
forbid = { ultimate_parent_country = ["US", "CN"], laws = ["us-cloud-act"] }
prefer = { certifications = ["ISO 27001"] }
profiles = ["fr-health", "own"]
grounds = ["own:agreed"]
[[profiles]]
name = "own"
title = "Rules of the house"
[[profiles.rules]]
article = "rule 3"
require = { training_use = false }
grounds = ["agreed"]
)",
                          "e.toml");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const policy::Policies& all = loaded->config.policies;
  const policy::Policy& health = all.policies.at(0);
  EXPECT_EQ(health.when.from, "2026-10-01");
  ASSERT_EQ(health.rules.size(), 5u);
  EXPECT_EQ(health.rules[0].subject, "max_retention_days");
  EXPECT_EQ(health.rules[0].least, Assurance::contract);
  EXPECT_EQ(health.rules[2].demand, policy::Demand::forbid);
  EXPECT_EQ(health.rules[2].least, Assurance::declared);
  EXPECT_EQ(all.profiles.back().rules.at(0).grounds, std::vector<std::string>{"agreed"});
  auto shown = show_all(*loaded);
  auto value = [&](std::string_view key) {
    auto found = std::ranges::find(shown, key, &Shown::key);
    return found == shown.end() ? std::string() : found->value;
  };
  EXPECT_EQ(value("policies[0].require.assurance"), "\"contract\"");
  EXPECT_EQ(value("policies[0].forbid.laws"), "[\"us-cloud-act\"]");
}

TEST(Config, TheProfilesThatComeWithItSayWhereTheyAreFrom) {
  auto loaded = load_text("", "e.toml");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_GE(loaded->config.policies.profiles.size(), 14u);
  for (const policy::Profile& profile : loaded->config.policies.profiles) {
    EXPECT_FALSE(profile.title.empty() || profile.status.empty() || profile.source.empty()) << profile.name;
    EXPECT_TRUE(!profile.rules.empty() || !profile.notes.empty()) << profile.name;
    for (const policy::Rule& rule : profile.rules) EXPECT_FALSE(rule.article.empty()) << profile.name;
  }
}

TEST(Config, TheRegisterStatesWhatADeploymentDoesNot) {
  auto loaded = load_text(R"(
[[deployments]]
name = "a"
provider = "local"
model = "m"
register = "openai"
[deployments.facts]
retention_days = { value = 0, assurance = "contract", source = "zero retention, 2026-10-01" }
)",
                          "e.toml");
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Facts& facts = loaded->config.deployments.at(0).facts;
  EXPECT_EQ(facts.retention_days.value, 0);
  EXPECT_EQ(facts.ultimate_parent_country.value, "US");
  EXPECT_EQ(facts.training_use.assurance, Assurance::declared);
  for (const Registered& one : provider_register()) {
    EXPECT_FALSE(one.note.empty()) << one.name;
    for_each_fact([&](std::string_view name, auto member) {
      const auto& fact = one.facts.*member;
      EXPECT_TRUE(fact.assurance == (fact.value ? Assurance::declared : Assurance::unknown)) << one.name << " " << name;
      EXPECT_EQ(fact.source.empty(), fact.reviewed.empty()) << one.name << " " << name;
    });
  }
}

TEST(Config, AllMistakesAreReportedAtOnce) {
  auto loaded = load_text("[server]\nlisen = 1\nthreads = \"two\"\n[log]\nlevel = 3\n", "e.toml");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(std::ranges::count(loaded.error().message, '\n'), 2);
}

TEST(Config, WhatCannotStandThereIsAMistakeOfItsLine) {
  for (const char* text : {"\n[!]", "\n[[\x01]]", "\n[a.!]", "\n[\u00e9]", "\nx = \u00e9", "\nx\u00e9", "\n!", "\n."}) {
    auto loaded = load_text(text, "e.toml");
    ASSERT_FALSE(loaded) << text;
    EXPECT_TRUE(loaded.error().message.starts_with("e.toml:2:")) << loaded.error().message;
  }
}

TEST(Config, ABrokenFileNamesTheLine) {
  auto loaded = load_text("[server\n", "e.toml");
  ASSERT_FALSE(loaded);
  EXPECT_TRUE(loaded.error().message.starts_with("e.toml:1:")) << loaded.error().message;
}

TEST(Config, WhatIsShownReadsBackTheSame) {
  auto first = load_text(
      "[server]\nbase_path = \"/a\\\"b\"\ndrain_time = \"90s\"\n[server.limits]\nbody_bytes = 1536\n", "e.toml");
  ASSERT_TRUE(first) << first.error().message;
  std::string text;
  for (const Shown& shown : show_all(*first)) {
    if (shown.origin != "default") text += shown.key + " = " + shown.value + "\n";
  }
  auto second = load_text(text, "again");
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(restart_needed(first->config, second->config).empty());
}

TEST(Config, AChangeThatNeedsARestartIsNamed) {
  auto before = load_text("", "a"), after = load_text("[server]\nthreads = 3\nallowed_hosts = [\"x\"]", "b");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(restart_needed(before->config, after->config), std::vector<std::string>{"server.threads"});
}

TEST(Config, ASecretIsReadWhenItIsNeededAndNeverShown) {
  auto loaded = load_text("[telemetry]\notlp_authorization = \"env:ENTENTE_TEST_SECRET\"", "e.toml");
  ASSERT_TRUE(loaded);
  const Secret& secret = loaded->config.telemetry.otlp_authorization;
  unsetenv("ENTENTE_TEST_SECRET");
  EXPECT_EQ(secret.read().error().message, "The environment variable ENTENTE_TEST_SECRET is not set.");
  setenv("ENTENTE_TEST_SECRET", "hunter2", 1);
  EXPECT_EQ(*secret.read(), "hunter2");
  for (const Shown& shown : show_all(*loaded)) EXPECT_EQ(shown.value.find("hunter2"), std::string::npos);
}

TEST(Config, EverySettingSaysWhatItDoesAndTheDocumentIsUpToDate) {
  for (const Explained& e : explain_all()) EXPECT_TRUE(e.help.ends_with('.')) << e.key;
  std::ifstream file(ENTENTE_SOURCE_DIR "/docs/configuration.md");
  std::string kept(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(kept, as_markdown()) << "run: entente config docs > docs/configuration.md";
}

}  // namespace
}  // namespace entente::config
