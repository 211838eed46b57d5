#include "audit/receipts/cose.hpp"

#include <gtest/gtest.h>

#include "audit/forms/cbor.hpp"
#include "base/encoding.hpp"

namespace entente::audit {
namespace {

template <class Write>
std::string cbor(Write write) {
  std::string out;
  CborWriter writer(out);
  write(writer);
  return to_hex(as_bytes(out));
}

// Of RFC 8949, appendix A.
TEST(Cbor, WritesWhatTheRfcHas) {
  auto number = [](std::int64_t value) { return cbor([&](CborWriter& to) { to.number(value); }); };
  for (auto [value, bytes] :
       std::initializer_list<std::pair<std::int64_t, std::string_view>>{{0, "00"},
                                                                        {23, "17"},
                                                                        {24, "1818"},
                                                                        {100, "1864"},
                                                                        {1000, "1903e8"},
                                                                        {1'000'000, "1a000f4240"},
                                                                        {1'000'000'000'000, "1b000000e8d4a51000"},
                                                                        {-1, "20"},
                                                                        {-10, "29"},
                                                                        {-100, "3863"},
                                                                        {-1000, "3903e7"}}) {
    EXPECT_EQ(number(value), bytes) << value;
  }
  EXPECT_EQ(cbor([](CborWriter& to) { to.bytes("\x01\x02\x03\x04"); }), "4401020304");
  EXPECT_EQ(cbor([](CborWriter& to) { to.text("IETF"); }), "6449455446");
  EXPECT_EQ(cbor([](CborWriter& to) { to.array(3).number(1).number(2).number(3); }), "83010203");
  EXPECT_EQ(cbor([](CborWriter& to) { to.map(2).number(1).number(2).number(3).number(4); }), "a201020304");
  EXPECT_EQ(cbor([](CborWriter& to) { to.tag(1).number(1363896240); }), "c11a514b67b0");
  EXPECT_EQ(cbor([](CborWriter& to) { to.null(); }), "f6");
  EXPECT_EQ(cbor([](CborWriter& to) { to.bytes(std::string(300, 'x')); }).substr(0, 6), "59012c");
}

struct Log {
  NoteSigner signer{"log.example", sha256("one")};
  Digest first = hash_entry("an entry"), second = hash_entry("another");
  Tree tree{.size = 2, .root = hash_children(first, second)};
  std::string checkpoint = signer.sign(checkpoint_text({.origin = "log.example", .tree = tree}));
  std::string signature = sign_root(signer, tree.root);
};

TEST(Cose, TheRootIsSignedApartFromTheCheckpoint) {
  Log log;
  NoteVerifier verifier = log.signer.verifier();
  EXPECT_TRUE(check_root(log.signature, log.tree.root, verifier));
  EXPECT_FALSE(check_root(log.signature, log.first, verifier));
  EXPECT_FALSE(check_root(log.signature, log.tree.root, NoteSigner("log.example", sha256("two")).verifier()));
  EXPECT_FALSE(check_root(log.signature, log.tree.root, NoteSigner("other.example", sha256("one")).verifier()))
      << "the name is signed too";
  std::string of_checkpoint = split_note(log.checkpoint)->signatures[0].bytes.substr(4);
  EXPECT_FALSE(check_root(of_checkpoint, log.tree.root, verifier));
}

TEST(Cose, AReceiptIsASign1WithoutItsPayload) {
  Log log;
  auto receipt = cose_receipt(log.checkpoint, log.signature, 1, {log.first});
  ASSERT_TRUE(receipt) << receipt.error().message;
  std::string hex = to_hex(as_bytes(*receipt));
  std::string key_id = to_hex(as_bytes(log.signer.verifier().key_id()));
  std::string name = to_hex(as_bytes("log.example"));
  std::string first = to_hex(log.first), signature = to_hex(as_bytes(log.signature));
  // 18([<<{1: -19, 4: key_id, 15: {1: "log.example"}, 395: 1}>>, {396: {-1: [<<[2, 1, [first]]>>]}}, null, signature])
  EXPECT_EQ(hex,
            "d284581ca4013204"
            "44" +
                key_id + "0fa1016b" + name +
                "19018b01"
                "a119018ca12081"
                "5826"
                "83020181"
                "5820" +
                first +
                "f6"
                "5840" +
                signature);
}

TEST(Cose, OnlyOfACheckpointThatItsLogSigned) {
  Log log;
  std::string by_another =
      NoteSigner("other.example", sha256("two")).sign(checkpoint_text({.origin = "log.example", .tree = log.tree}));
  EXPECT_FALSE(cose_receipt(by_another, log.signature, 1, {log.first}));
  EXPECT_FALSE(cose_receipt("no note", log.signature, 1, {log.first}));
}

}  // namespace
}  // namespace entente::audit
