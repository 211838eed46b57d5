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
    testing::Values(Mistake{"[server]\nlisen = []",
                            "e.toml:2:1: there is no setting \"server.lisen\"; did you mean \"server.listen\"?"},
                    Mistake{"[sever]\n", "e.toml:1:2: there is no setting \"sever\"; did you mean \"server\"?"},
                    Mistake{"[server]\nlisten = \"x\"",
                            "e.toml:2:1: server.listen: expected a list of texts in brackets, but a string came"},
                    Mistake{"[engine]\nsequences = 1000",
                            "e.toml:2:1: engine.sequences: expected an integer from 0 to 256, but 1000 came"},
                    Mistake{"[engine]\ngpu_layers = \"all\"",
                            "e.toml:2:1: engine.gpu_layers: expected \"auto\", or an integer up to 1000, but a string "
                            "came"},
                    Mistake{"[server]\ndrain_time = 5",
                            "e.toml:2:1: server.drain_time: expected a duration like \"10s\" (units: ms, s, min, h)"},
                    Mistake{"[log]\nlevel = \"inf\"",
                            "e.toml:2:1: log.level: expected one of \"debug\", \"info\", \"warning\", \"error\", but "
                            "\"inf\" came; did you mean \"info\"?"},
                    Mistake{"[telemetry]\notlp_authorization = \"hunter2\"",
                            "e.toml:2:1: telemetry.otlp_authorization: expected where the secret is kept, \"env:NAME\" "
                            "or \"file:/path\"; a secret "
                            "never stands in this file"},
                    Mistake{"[[policies]]\nname = \"p\"",
                            "e.toml:1:3: [[policies]]: this version has one policy, \"allow all\", and none can be "
                            "written yet; remove the section"},
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
                    Mistake{"[[engine.adapters]]\nname = \"x\"\nmodel = \"m\"\nfile = \"f\"\nscale = 11",
                            "e.toml:5:1: engine.adapters.scale: expected a number from -10 to 10"},
                    Mistake{"[[models]]\nname = \"m\"\ndeployments = [\"gone\"]",
                            "e.toml:1:1: the model \"m\" names the deployment \"gone\", which is not configured"},
                    Mistake{"[[providers]]\nname = \"x\"\nkind = \"opnai\"",
                            "e.toml:3:1: providers.kind: expected one of \"local\", \"anthropic\", \"azure-openai\", "
                            "\"bedrock\", \"entente\", "
                            "\"gemini\", \"mistral\", \"openai\", \"openai-compatible\", \"xai\", but \"opnai\" came; "
                            "did you mean \"openai\"?"},
                    Mistake{
                        "[server]\ntls.key = \"k\"",
                        "e.toml:0:0: server.tls.certificate and server.tls.key belong together: set both or neither"}));

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
