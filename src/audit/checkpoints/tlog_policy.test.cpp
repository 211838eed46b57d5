#include "audit/checkpoints/tlog_policy.hpp"

#include <format>
#include <functional>

#include <gtest/gtest.h>

#include "audit/checkpoints/checkpoint.hpp"

namespace entente::audit {
namespace {

Cosigner cosigner(std::uint8_t number) {
  Seed seed{};
  seed.fill(number);
  return {std::format("w{}.example", number), seed};
}
std::string key(std::uint8_t number) { return cosigner(number).verifier().text(); }

const NoteSigner log_key("example.org/log", Seed{});
const MldsaCosigner log_mldsa("example.org/log", Seed{1});

// The example of the specification, with keys.
std::string example() {
  return std::format(
      "log {}\n\nwitness X1 {}\nwitness X2 {}\nwitness X3 {}\ngroup X-witnesses 2 X1 X2 X3\n\n"
      "witness Y1 {}\nwitness Y2 {}\nwitness Y3 {}\ngroup Y-witnesses any Y1 Y2 Y3\n\n"
      "group X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
      log_key.verifier().text(), key(1), key(2), key(3), key(4), key(5), key(6));
}

std::string said_of(std::string_view policy) {
  auto read = TlogPolicy::parse(policy);
  EXPECT_FALSE(read) << policy;
  return read ? "" : read.error().message;
}

TEST(TlogPolicy, TheSpecificationsExample) {
  auto policy = TlogPolicy::parse(example());
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->logs().size(), 1u);
  EXPECT_EQ(policy->witnesses().size(), 6u);
  EXPECT_EQ(policy->quorum_in_words(), "2 of (2 of X1, X2, X3), (1 of Y1, Y2, Y3)");
  // Every set of witnesses, against the rule as it is written there.
  const char* names[] = {"X1", "X2", "X3", "Y1", "Y2", "Y3"};
  for (unsigned set = 0; set < 64; ++set) {
    std::set<std::string> have;
    int x = 0, y = 0;
    for (unsigned i = 0; i < 6; ++i) {
      if (!(set >> i & 1)) continue;
      have.insert(names[i]);
      ++(i < 3 ? x : y);
    }
    EXPECT_EQ(policy->met_by(have), x >= 2 && y >= 1) << set;
  }
}

TEST(TlogPolicy, TheFormsThatTheFormatAllows) {
  EXPECT_TRUE(TlogPolicy::parse("quorum none\n")->met_by({}));
  EXPECT_TRUE(TlogPolicy::parse("quorum none")->met_by({})) << "without its last newline";
  auto spaced = TlogPolicy::parse(
      std::format("\n# comment\n\t # another\n\twitness \t w1  {}   https://w1.example/  \n\n  quorum\tw1", key(1)));
  ASSERT_TRUE(spaced) << spaced.error().message;
  EXPECT_EQ(spaced->witnesses()[0].url, "https://w1.example/");
  EXPECT_TRUE(spaced->met_by({"w1"}));
  EXPECT_FALSE(spaced->met_by({"w2"}));
  auto words = TlogPolicy::parse(
      std::format("witness all {}\nwitness any {}\ngroup group 2 all any\nquorum group\n", key(1), key(2)));
  ASSERT_TRUE(words);
  EXPECT_FALSE(words->met_by({"all"}));
  EXPECT_TRUE(words->met_by({"all", "any"}));
  // Names are bytes.
  auto bytes = TlogPolicy::parse(std::format("witness K-w\x80 {}\nquorum K-w\x80\n", key(1)));
  ASSERT_TRUE(bytes);
  EXPECT_TRUE(bytes->met_by({"K-w\x80"}));
  EXPECT_EQ(bytes->quorum_in_words(), "K-w\\x80");
}

TEST(TlogPolicy, MistakesAreNamedWithTheirLine) {
  std::string w1 = "witness w1 " + key(1) + "\n", w2 = "witness w2 " + key(2) + "\n";
  struct Case {
    std::string policy, says;
  } cases[] = {
      {"", "no quorum"},
      {w1, "no quorum"},
      {"quorum none\n\x01", "Line 2"},
      {"quorum none\r\n", "control character"},
      {"quibble w1\nquorum none\n", "none of log, witness, group and quorum"},
      {"witness w1 " + key(1) + " https://w1.example/ # comment\nquorum w1\n", "a witness is written as"},
      {"log\nquorum none\n", "a log is written as"},
      {"log garbage\nquorum none\n", "NAME+HASH+BASE64"},
      {"log " + key(1) + "\nquorum none\n", "is not a log's key"},
      {"log " + log_key.verifier().text() + "\nlog " + log_key.verifier().text() + " https://x\nquorum none\n",
       "twice"},
      {"witness w1\nquorum none\n", "a witness is written as"},
      {"witness w1 " + log_key.verifier().text() + "\nquorum w1\n", "is not a witness's key"},
      {"witness w1 ecdsa.example+00000000+AgECAw==\nquorum w1\n", "is not a witness's key"},
      {"witness none " + key(1) + "\nquorum none\n", "a meaning of its own"},
      {w1 + "witness w1 " + key(2) + "\nquorum w1\n", "Line 2 of the policy: w1 is defined already"},
      {w1 + "witness w2 " + CosignatureVerifier("impostor.example", cosigner(1).verifier().key()).text() +
           "\nquorum w1\n",
       "would count twice"},
      {w1 + "group w1 any w1\nquorum w1\n", "defined already"},
      {w1 + "group g 1\nquorum w1\n", "a group is written as"},
      {w1 + "group none any w1\nquorum none\n", "a meaning of its own"},
      {w1 + "group g 0 w1\nquorum g\n", "how many of its 1"},
      {w1 + "group g -1 w1\nquorum g\n", "how many of its 1"},
      {w1 + "group g 2 w1\nquorum g\n", "how many of its 1"},
      {w1 + "group g 01 w1\nquorum g\n", "how many of its 1"},
      {w1 + "group g any w2\nquorum g\n", "no line before it defines w2"},
      {"group g any w1\n" + w1 + "quorum g\n", "no line before it defines w1"},
      {w1 + "group g any none w1\nquorum g\n", "no line before it defines none"},
      {w1 + "group g all w1 w1\nquorum g\n", "a member already"},
      {w1 + w2 + "group g any w1 w2\ngroup h any w1\nquorum g\n", "a member already"},
      {w1 + "quorum w1\nquorum w1\n", "a quorum already"},
      {"quorum unknown\n", "no line before it defines unknown"},
      {"quorum w1\n" + w1, "no line before it defines w1"},
      {"quorum\n", "the quorum is written as"},
  };
  for (const Case& one : cases) EXPECT_NE(said_of(one.policy).find(one.says), std::string::npos) << said_of(one.policy);
}

TEST(TlogPolicy, ThirtyTwoOfEachAndMoreAreTaken) {
  std::string text, members;
  for (std::uint8_t i = 1; i <= 64; ++i) {
    text += std::format("witness w{} {}\ngroup g{} all w{}\n", i, key(i), i, i);
    members += std::format(" g{}", i);
  }
  auto policy = TlogPolicy::parse(text + "group all 64" + members + "\nquorum all\n");
  ASSERT_TRUE(policy) << policy.error().message;
  std::set<std::string> have;
  for (int i = 1; i <= 64; ++i) {
    EXPECT_FALSE(policy->met_by(have));
    have.insert(std::format("w{}", i));
  }
  EXPECT_TRUE(policy->met_by(have));
}

TEST(TlogPolicy, WitnessesMayHaveEitherKindOfKey) {
  std::string mldsa = log_mldsa.verifier().text();
  auto policy =
      TlogPolicy::parse(std::format("log {}\nwitness pq {} https://w1.example/\nwitness w1 {}\n"
                                    "group both all pq w1\nquorum both\n",
                                    log_key.verifier().text(), mldsa, key(1)));
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(policy->witnesses()[0].key.text(), mldsa);
  EXPECT_NE(said_of(std::format("witness a {0}\nwitness b {0}\nquorum none\n", mldsa)).find("would count twice"),
            std::string::npos);
  EXPECT_NE(said_of("log " + mldsa + "\nquorum none\n").find("is not a log's key"), std::string::npos);
}

struct Judging : testing::Test {
  TlogPolicy policy = *TlogPolicy::parse(example());
  std::string text = checkpoint_text({.origin = "example.org/log", .tree = {.size = 7, .root = sha256("x")}});
  std::string note = log_key.sign(text);
  std::chrono::sys_seconds at{std::chrono::seconds(1'800'000'000)};
};

TEST_F(Judging, ACheckpointThatEnoughHaveCosigned) {
  note += cosigner(1).cosign(text, at);
  auto verdict = judge_quorum(policy, note);
  ASSERT_TRUE(verdict);
  EXPECT_FALSE(verdict->met);
  EXPECT_EQ(verdict->missing, (std::vector<std::string>{"X2", "X3", "Y1", "Y2", "Y3"}));
  note += cosigner(3).cosign(text, at) + cosigner(3).cosign(text, at) + cosigner(9).cosign(text, at);
  EXPECT_FALSE(judge_quorum(policy, note)->met) << "one that cosigned twice is one, and a stranger none";
  note += cosigner(5).cosign(text, at);
  verdict = judge_quorum(policy, note);
  EXPECT_TRUE(verdict->met);
  ASSERT_EQ(verdict->cosigned.size(), 3u);
  EXPECT_EQ(verdict->cosigned[1].witness, "X3");
  EXPECT_EQ(verdict->cosigned[1].at, at);
  EXPECT_EQ(verdict->missing, (std::vector<std::string>{"X2", "Y1", "Y3"}));
}

TEST_F(Judging, ACosignatureOfAnotherCheckpointSpoilsTheNote) {
  std::string other = checkpoint_text({.origin = "example.org/log", .tree = {.size = 8, .root = sha256("x")}});
  note += cosigner(1).cosign(other, at);
  EXPECT_EQ(judge_quorum(policy, note).error().code, ErrorCode::invalid_request);
}

TEST_F(Judging, TheLogsOwnSignatureOfMldsaCanBeDemanded) {
  auto demanding = TlogPolicy::parse(std::format("witness pq {}\nquorum pq\n", log_mldsa.verifier().text()));
  ASSERT_TRUE(demanding);
  EXPECT_FALSE(judge_quorum(*demanding, note)->met) << "Ed25519 alone";
  std::string line = *log_mldsa.cosign(text, at);
  auto verdict = judge_quorum(*demanding, note + line);
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->met);
  EXPECT_EQ(verdict->cosigned.at(0).at, at);
  std::string other = text;
  other.insert(other.find('\n') + 1, "1");
  EXPECT_FALSE(judge_quorum(*demanding, log_key.sign(other) + line)) << "of another size";
  EXPECT_TRUE(open_checkpoint(note + line, log_key.verifier())) << "to others it says nothing";
  EXPECT_TRUE(open_checkpoint(log_key.sign(other) + line, log_key.verifier()));
}

TEST_F(Judging, OnlyListedLogsAreAcceptedWhereAnyIsListed) {
  EXPECT_TRUE(accepts_log(policy, log_key.verifier()));
  EXPECT_FALSE(accepts_log(policy, NoteSigner("example.org/log", Seed{3}).verifier()));
  EXPECT_FALSE(accepts_log(policy, NoteVerifier("example.org/other", log_key.verifier().key())));
  EXPECT_TRUE(accepts_log(*TlogPolicy::parse("quorum none"), NoteSigner("any", Seed{3}).verifier()));
}

}  // namespace
}  // namespace entente::audit
