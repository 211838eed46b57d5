#include "base/sealing.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/test_hex.hpp"

namespace entente {
namespace {

void expect_shut(const Result<std::string>& opened, const std::string& why) {
  ASSERT_FALSE(opened) << why;
  EXPECT_EQ(opened.error().code, ErrorCode::invalid_request) << why;
  EXPECT_TRUE(opened.error().message.ends_with('.')) << why;
}

TEST(Sealing, WhatWasSealedOpens) {
  SecretKey key = new_secret_key();
  for (std::size_t size : {0U, 1U, 15U, 16U, 17U, 1000U, 3'000'000U}) {
    std::string plain(size, 'x');
    std::string sealed = seal(key, plain, "row 7");
    EXPECT_EQ(sealed.size(), size + sealing_adds);
    auto opened = unseal(key, sealed, "row 7");
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(*opened, plain);
  }
  EXPECT_EQ(*unseal(key, seal(key, "bound to nothing", ""), ""), "bound to nothing");
}

TEST(Sealing, TheSameTextIsNeverSealedTheSame) {
  SecretKey key = new_secret_key();
  EXPECT_NE(seal(key, "a", "b").substr(0, 12), seal(key, "a", "b").substr(0, 12));
  EXPECT_NE(new_secret_key(), new_secret_key());
}

// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation": others seal as we do.
TEST(Sealing, IsGcmAsItsAuthorsDefinedIt) {
  SecretKey key;
  std::string raw = from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  std::ranges::copy(as_bytes(raw), key.begin());
  std::string sealed = from_hex(
      "cafebabefacedbaddecaf888"
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
      "bc"
      "c9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
  auto opened = unseal(key, sealed, from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened,
            from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
                     "a6b525b16aedf5aa0de657ba637b39"));
}

TEST(Sealing, AnotherKeyOrPlaceDoesNotOpenIt) {
  SecretKey key = new_secret_key();
  std::string sealed = seal(key, "text", "row 7");
  expect_shut(unseal(new_secret_key(), sealed, "row 7"), "key");
  for (std::string bound : {"", "row 8", "row 77", "row "}) expect_shut(unseal(key, sealed, bound), bound);
}

TEST(Sealing, EachChangedByteAndEachCutKeepsItShut) {
  SecretKey key = new_secret_key();
  std::string sealed = seal(key, "text", "row 7");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = sealed;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      expect_shut(unseal(key, changed, "row 7"), std::to_string(i));
    }
    expect_shut(unseal(key, sealed.substr(0, i), "row 7"), "the first " + std::to_string(i));
    if (i > 0) expect_shut(unseal(key, sealed.substr(i), "row 7"), "without the first " + std::to_string(i));
  }
  expect_shut(unseal(key, sealed + '\0', "row 7"), "longer");
  EXPECT_EQ(*unseal(key, sealed, "row 7"), "text") << "a failure leaves nothing behind";
}

TEST(Sealing, WipedIsOverwritten) {
  SecretKey key = new_secret_key();
  wipe(key);
  EXPECT_EQ(key, SecretKey{});
  std::string text = "secret";
  wipe(text);
  EXPECT_EQ(text, std::string(6, '\0'));
}

}  // namespace
}  // namespace entente
