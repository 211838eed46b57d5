#include "audit/checkpoints/cosignature.hpp"

#include <format>

#include <gtest/gtest.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::audit {
namespace {

using namespace std::string_literals;
using std::chrono::seconds, std::chrono::sys_seconds;

// The checkpoint of the specification's example.
constexpr std::string_view text =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

// Made by filippo.io/torchwood v0.9.0 with the seed of 32 bytes 9.
constexpr std::string_view others_key = "witness.example/w1+24b5d9fe+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY";
constexpr std::string_view others_line =
    "— witness.example/w1 "
    "JLXZ/gAAAABrCWFUMbtYPH+r8RvKb3X5SDkhQNPOk1SWL5uDY5N+0/AhDsoHLiyqUNHC2e5o4W1v86WjWoxTFnt/a7tHy63blkbkDg==\n";
const sys_seconds others_time{seconds(0x6b096154)};

Seed nines() {
  Seed seed;
  seed.fill(9);
  return seed;
}

NoteSignature signature_in(std::string_view line) {
  auto parts = split_note(std::string(text) + "\n" + std::string(line));
  EXPECT_TRUE(parts);
  return parts ? parts->signatures.at(0) : NoteSignature();
}

TEST(Cosignature, IsTheSameThatTorchwoodMakes) {
  Cosigner cosigner("witness.example/w1", nines());
  EXPECT_EQ(cosigner.verifier().text(), others_key);
  EXPECT_EQ(cosigner.cosign(text, others_time), others_line);
  EXPECT_EQ(*CosignatureVerifier::parse(others_key)->time_of(signature_in(others_line), text), others_time);
  EXPECT_EQ(Cosigner::parse(cosigner.private_text())->verifier().text(), others_key);
}

TEST(Cosignature, AKeyThatIsInUseIsRead) {
  // Of a witness that cosigns public logs.
  constexpr std::string_view remora = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
  EXPECT_EQ(CosignatureVerifier::parse(remora)->text(), remora);
}

TEST(Cosignature, ALogsKeyIsNoWitnesssKey) {
  NoteSigner log("example.org/log", Seed{});
  EXPECT_FALSE(CosignatureVerifier::parse(log.verifier().text()));
  EXPECT_FALSE(NoteVerifier::parse(others_key));
  EXPECT_FALSE(Cosigner::parse(log.private_text()));
  EXPECT_FALSE(MldsaCosigner::parse(log.private_text()));
  // The same 32 bytes under both kinds: neither opens what the other has signed.
  Cosigner cosigner("example.org/log", Seed{});
  NoteSignature line = signature_in(cosigner.cosign(text, others_time));
  EXPECT_FALSE(*log.verifier().has_made(line, text));
  EXPECT_EQ(*cosigner.verifier().time_of(split_note(log.sign(text))->signatures.at(0), text), std::nullopt);
}

TEST(Cosignature, IsOfOneTextAndOneTime) {
  CosignatureVerifier key = *CosignatureVerifier::parse(others_key);
  NoteSignature honest = signature_in(others_line);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other(text);
    other[at] ^= 1;
    EXPECT_FALSE(key.time_of(honest, other)) << at;
  }
  for (std::size_t at = 4; at < honest.bytes.size(); ++at) {
    NoteSignature changed = honest;
    changed.bytes[at] ^= 1;
    EXPECT_FALSE(key.time_of(changed, text)) << at;
  }
  NoteSignature cut = honest;
  cut.bytes.pop_back();
  EXPECT_FALSE(key.time_of(cut, text));
  NoteSignature stranger = honest;
  stranger.name = "witness.example/w2";
  EXPECT_EQ(*key.time_of(stranger, text), std::nullopt) << "whoever else made it, this key did not";
}

TEST(Cosignature, HasATime) {
  Cosigner cosigner("witness.example/w1", nines());
  for (sys_seconds at : {sys_seconds(seconds(0)), sys_seconds(seconds(-1))}) {
    EXPECT_FALSE(cosigner.verifier().time_of(signature_in(cosigner.cosign(text, at)), text));
    EXPECT_FALSE(stated_time(signature_in(cosigner.cosign(text, at))));
  }
  EXPECT_EQ(stated_time(signature_in(others_line)), others_time);
  EXPECT_FALSE(stated_time(split_note(NoteSigner("x", Seed{}).sign(text))->signatures.at(0)));
}

struct MldsaCosignature : testing::Test {
  MldsaCosigner cosigner{"witness.example/w1", nines()};
  CosignatureVerifier key = cosigner.verifier();
  NoteSignature honest = signature_in(*cosigner.cosign(text, others_time));
};

// The message is put together here as tlog-cosignature has it, byte for byte.
TEST_F(MldsaCosignature, SignsWhatTheSpecificationSays) {
  using namespace std::string_view_literals;
  auto number = [](std::uint64_t value) {
    std::string out(8, '\0');
    for (int i = 7; i >= 0; --i, value >>= 8) out[static_cast<std::size_t>(i)] = static_cast<char>(value & 0xff);
    return out;
  };
  std::string message = std::string("subtree/v1\n\0\x12witness.example/w1"sv) + number(0x6b096154) +
                        "\x1b"
                        "example.com/behind-the-sofa" +
                        number(0) + number(20852163) + *from_base64("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  EXPECT_EQ(message.size(), 12 + 1 + 18 + 8 + 1 + 27 + 8 + 8 + 32u);
  MldsaPublicKey bytes = MldsaKey(nines()).public_key();
  EXPECT_EQ(honest.bytes.size(), 4 + 8 + 2420u);
  EXPECT_EQ(honest.bytes.substr(4, 8), number(0x6b096154));
  EXPECT_TRUE(verify_mldsa(bytes, message, std::string_view(honest.bytes).substr(12)));
  Digest id = sha256("witness.example/w1\n\x06"s + std::string(as_text(bytes)));
  EXPECT_EQ(honest.bytes.substr(0, 4), as_text(id).substr(0, 4));
  EXPECT_EQ(key.text(), std::format("witness.example/w1+{}+{}", to_hex(std::span(id).first(4)),
                                    to_base64(as_bytes("\x06" + std::string(as_text(bytes))))));
}

TEST_F(MldsaCosignature, IsReadBackAndTellsItsTime) {
  EXPECT_EQ(*key.time_of(honest, text), others_time);
  EXPECT_EQ(stated_time(honest), others_time);
  auto parsed = CosignatureVerifier::parse(key.text());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->key(), key.key());
  EXPECT_EQ(*parsed->time_of(honest, text), others_time);
  auto again = MldsaCosigner::parse(cosigner.private_text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->verifier().text(), key.text());
  EXPECT_FALSE(Cosigner::parse(cosigner.private_text()));
  EXPECT_FALSE(NoteVerifier::parse(key.text()));
  std::string wrong = key.text();
  wrong[wrong.size() - 20] = wrong[wrong.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(CosignatureVerifier::parse(wrong));
}

TEST_F(MldsaCosignature, StandsBesideEd25519OfTheSameNameAndSeed) {
  Cosigner other("witness.example/w1", nines());
  NoteSignature line = signature_in(other.cosign(text, others_time));
  EXPECT_EQ(*key.time_of(line, text), std::nullopt);
  EXPECT_EQ(*other.verifier().time_of(honest, text), std::nullopt);
}

TEST_F(MldsaCosignature, IsOfOneTextAndOneTime) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other(text);
    other[at] ^= 1;
    EXPECT_FALSE(key.time_of(honest, other)) << at;
  }
  for (std::size_t at = 4; at < honest.bytes.size(); at += at < 16 ? 1 : 29) {
    NoteSignature changed = honest;
    changed.bytes[at] ^= 1;
    EXPECT_FALSE(key.time_of(changed, text)) << at;
  }
  NoteSignature cut = honest;
  cut.bytes.pop_back();
  EXPECT_FALSE(key.time_of(cut, text));
  // The name is signed, too: the same key under another does not take the word over.
  CosignatureVerifier renamed("witness.example/w2", key.key());
  NoteSignature taken = honest;
  taken.name = renamed.name();
  taken.bytes.replace(0, 4, renamed.key_id());
  EXPECT_FALSE(renamed.time_of(taken, text));
}

TEST_F(MldsaCosignature, VouchesForThreeLinesAndNothingElse) {
  std::string more = std::string(text) + "an extension\n";
  EXPECT_FALSE(cosigner.cosign(more, others_time));
  EXPECT_FALSE(key.time_of(honest, more));
  EXPECT_FALSE(cosigner.cosign("no checkpoint\n", others_time));
  for (sys_seconds at : {sys_seconds(seconds(0)), sys_seconds(seconds(-1))}) EXPECT_FALSE(cosigner.cosign(text, at));
  std::string long_name(256, 'n');
  EXPECT_FALSE(cosigner.cosign(long_name + std::string(text.substr(text.find('\n'))), others_time));
  EXPECT_TRUE(cosigner.cosign(long_name.substr(1) + std::string(text.substr(text.find('\n'))), others_time));
  MldsaCosigner unnamable(long_name, nines());
  EXPECT_FALSE(unnamable.cosign(text, others_time));
  EXPECT_FALSE(MldsaCosigner::parse(unnamable.private_text()));
  EXPECT_FALSE(CosignatureVerifier::parse(unnamable.verifier().text()));
}

}  // namespace
}  // namespace entente::audit
