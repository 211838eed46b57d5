#include "audit/cosignature.hpp"

#include <gtest/gtest.h>

namespace entente::audit {
namespace {

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

}  // namespace
}  // namespace entente::audit
