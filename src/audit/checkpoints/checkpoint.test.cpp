#include "audit/checkpoints/checkpoint.hpp"

#include <gtest/gtest.h>

#include "audit/tree/tiles.hpp"

namespace entente::audit {
namespace {

// The example of C2SP signed-note.
constexpr std::string_view known_key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const std::string known_note =
    "This is an example message.\n\n\u2014 example.com/foo "
    "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

NoteSigner signer(std::string name = "example.org/log") {
  Seed seed{};
  seed.fill(7);
  return {std::move(name), seed};
}

TEST(Note, TheExampleOfTheSpecificationIsRead) {
  auto verifier = NoteVerifier::parse(known_key);
  ASSERT_TRUE(verifier) << verifier.error().message;
  EXPECT_EQ(verifier->text(), known_key);
  EXPECT_EQ(*open_note(known_note, {&*verifier, 1}), "This is an example message.\n");
}

TEST(Note, EveryFlippedBitOfANoteIsFound) {
  auto verifier = NoteVerifier::parse(known_key);
  for (std::size_t i = 0; i < known_note.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string note = known_note;
      note[i] = static_cast<char>(note[i] ^ (1 << bit));
      // The last character before = carries two bits that mean nothing; those, too, are one spelling too many or none.
      auto text = open_note(note, {&*verifier, 1});
      if (text) {
        EXPECT_EQ(*text, "This is an example message.\n") << i;
      }
    }
  }
}

TEST(Note, KeysAreWrittenAndReadBack) {
  NoteSigner key = signer();
  auto again = NoteSigner::parse(key.private_text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->verifier().text(), key.verifier().text());
  NoteVerifier verifier = key.verifier();
  EXPECT_EQ(*open_note(again->sign("hello\n"), {&verifier, 1}), "hello\n");
  for (const std::string& broken :
       {key.private_text().substr(12), key.private_text() + "A", std::string("PRIVATE+KEY+a+b+c"),
        std::string("PRIVATE+KEY+example.org/other") + key.private_text().substr(27)})
    EXPECT_FALSE(NoteSigner::parse(broken)) << broken;
  for (std::string_view broken : {"", "a", "a+b", "a+b+c", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                                  "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"})
    EXPECT_FALSE(NoteVerifier::parse(broken)) << broken;
}

TEST(Note, SignaturesOfStrangersSayNothingAndSpoilNothing) {
  NoteSigner ours = signer();
  NoteVerifier verifier = ours.verifier();
  std::string note = ours.sign("text\n");
  std::string stranger = known_note.substr(known_note.find("\n\n") + 2);
  EXPECT_TRUE(open_note(note + stranger, {&verifier, 1}));
  EXPECT_FALSE(open_note("text\n\n" + stranger, {&verifier, 1}));
  EXPECT_FALSE(open_note("text\n\n", {&verifier, 1}));
  EXPECT_FALSE(open_note("text\n", {&verifier, 1}));
  EXPECT_FALSE(open_note("", {&verifier, 1}));
  // A second signature under our name that does not fit is no stranger's.
  std::string forged = ours.sign("other\n");
  EXPECT_FALSE(open_note(note + forged.substr(forged.find("\n\n") + 2), {&verifier, 1}));
}

TEST(Checkpoint, IsReadBackAndBelongsToItsLog) {
  NoteSigner key = signer();
  Checkpoint checkpoint{.origin = "example.org/log", .tree = {.size = 42, .root = sha256("root")}};
  std::string note = key.sign(checkpoint_text(checkpoint));
  auto opened = open_checkpoint(note, key.verifier());
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->tree, checkpoint.tree);
  EXPECT_FALSE(open_checkpoint(note, signer("example.org/other").verifier()));
  checkpoint.origin = "example.org/other";
  EXPECT_FALSE(open_checkpoint(key.sign(checkpoint_text(checkpoint)), key.verifier()));
  for (std::string_view text :
       {"", "a\n", "a\n1\n", "\n1\nAAAA\n", "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n"})
    EXPECT_FALSE(parse_checkpoint(text)) << text;
}

TEST(ProofFile, ProvesOneEntryWithoutTheLog) {
  TileBuilder builder;
  for (int i = 0; i < 300; ++i) builder.add("entry " + std::to_string(i));
  std::map<std::string, std::string> files;
  for (auto& [tile, bytes] : builder.take_files()) files[path_of(tile)] = bytes;
  ReadSubtree read =
      subtrees_in(300, [&](const TileId& tile) -> Result<std::string> { return files.at(path_of(tile)); });
  NoteSigner key = signer();
  ProofFile file{.index = 17,
                 .proof = *prove_inclusion(17, 300, read),
                 .checkpoint = key.sign(checkpoint_text({.origin = "example.org/log", .tree = builder.tree()}))};
  std::string text = proof_file_text(file);
  auto again = parse_proof_file(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(check_proof_file(*again, hash_entry("entry 17"), key.verifier()));
  EXPECT_FALSE(check_proof_file(*again, hash_entry("entry 18"), key.verifier()));
  // With the line that is authenticated by nobody, it proves the same.
  std::string extra = text;
  extra.insert(extra.find("index"), "extra aGVsbG8=\n");
  EXPECT_TRUE(check_proof_file(*parse_proof_file(extra), hash_entry("entry 17"), key.verifier()));
  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    auto part = parse_proof_file(text.substr(0, cut));
    EXPECT_FALSE(part && check_proof_file(*part, hash_entry("entry 17"), key.verifier())) << cut;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    auto part = parse_proof_file(changed);
    bool spelling = part && part->proof == file.proof && part->index == file.index;  // the signature's last two bits
    EXPECT_FALSE(part && check_proof_file(*part, hash_entry("entry 17"), key.verifier()) && !spelling) << i;
  }
}

}  // namespace
}  // namespace entente::audit
