// Against a second implementation of RFC 9180, written here from its text, which is held against the RFC's own numbers:
// appendix A.1, whose key exchange is the same; its suite differs from ours in the cipher alone.
#include "base/offline_box.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/test_hex.hpp"

namespace entente {
namespace {

std::string two_bytes(std::size_t number) { return {static_cast<char>(number >> 8), static_cast<char>(number & 255)}; }

std::string hmac(std::string_view key, std::string_view text) { return std::string(as_text(hmac_sha256(key, text))); }

// RFC 9180 section 4.
std::string labeled_extract(std::string_view suite, std::string_view salt, std::string_view label,
                            std::string_view ikm) {
  return hmac(salt.empty() ? std::string(32, '\0') : std::string(salt),
              std::string("HPKE-v1").append(suite).append(label).append(ikm));
}
std::string labeled_expand(std::string_view suite, std::string_view prk, std::string_view label, std::string_view info,
                           std::size_t size) {  // up to 32
  std::string labeled = two_bytes(size).append("HPKE-v1").append(suite).append(label).append(info);
  return hmac(prk, labeled + '\x01').substr(0, size);
}

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* context) { EVP_CIPHER_CTX_free(context); })>;

std::string x25519(std::string_view private_key, std::string_view public_key) {
  Key own(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, as_bytes(private_key).data(), 32));
  Key other(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, as_bytes(public_key).data(), 32));
  KeyContext context(EVP_PKEY_CTX_new(own.get(), nullptr));
  std::string out(32, '\0');
  std::size_t size = 32;
  EXPECT_EQ(EVP_PKEY_derive_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_derive_set_peer(context.get(), other.get()), 1);
  EXPECT_EQ(EVP_PKEY_derive(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size), 1);
  return out;
}

// What both sides compute. `dh` is of the sender's passing key pair and the receiver's.
struct Schedule {
  std::string shared, key, nonce;
};
Schedule schedule(std::string_view dh, std::string_view sent, std::string_view receiver, std::string_view info,
                  std::size_t aead, std::size_t key_size) {
  std::string kem = "KEM" + two_bytes(0x20);
  std::string suite = "HPKE" + two_bytes(0x20) + two_bytes(1) + two_bytes(aead);
  std::string shared = labeled_expand(kem, labeled_extract(kem, "", "eae_prk", dh), "shared_secret",
                                      std::string(sent).append(receiver), 32);
  std::string context = std::string(1, '\0') + labeled_extract(suite, "", "psk_id_hash", "") +
                        labeled_extract(suite, "", "info_hash", info);
  std::string secret = labeled_extract(suite, shared, "secret", "");
  return {.shared = shared,
          .key = labeled_expand(suite, secret, "key", context, key_size),
          .nonce = labeled_expand(suite, secret, "base_nonce", context, 12)};
}

std::string gcm(const Schedule& with, std::string_view plain, std::string_view bound) {
  Cipher context(EVP_CIPHER_CTX_new());
  std::string out(plain.size() + 16, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), with.key.size() == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), nullptr,
                               as_bytes(with.key).data(), as_bytes(with.nonce).data()),
            1);
  if (!bound.empty()) EVP_EncryptUpdate(context.get(), nullptr, &size, as_bytes(bound).data(), int(bound.size()));
  EVP_EncryptUpdate(context.get(), to, &size, as_bytes(plain).data(), int(plain.size()));
  EVP_EncryptFinal_ex(context.get(), to + size, &size);
  EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, to + plain.size()), 1);
  return out;
}

const std::string info = from_hex("4f6465206f6e2061204772656369616e2055726e");
const std::string beauty = from_hex("4265617574792069732074727574682c20747275746820626561757479");
const std::string sender_private = from_hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
const std::string sender_public = from_hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
const std::string receiver_private = from_hex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
const std::string receiver_public = from_hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");

TEST(OfflineBox, TheSecondImplementationGivesTheNumbersOfTheRfc) {
  Schedule with = schedule(x25519(sender_private, receiver_public), sender_public, receiver_public, info, 1, 16);
  EXPECT_EQ(with.shared, from_hex("fe0e18c9f024ce43799ae393c7e8fe8fce9d218875e8227b0187c04e7d2ea1fc"));
  EXPECT_EQ(with.key, from_hex("4531685d41d65f03dc48f6b8302c05b0"));
  EXPECT_EQ(with.nonce, from_hex("56d890e5accaaf011cff4b7d"));
  EXPECT_EQ(gcm(with, beauty, from_hex("436f756e742d30")),
            from_hex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"));
}

TEST(OfflineBox, OpensWhatTheSecondImplementationSealed) {
  Schedule with = schedule(x25519(sender_private, receiver_public), sender_public, receiver_public, info, 2, 32);
  auto opened = open_with(receiver_private, sender_public + gcm(with, beauty, ""), info);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(*opened, beauty);
}

TEST(OfflineBox, SealsAsTheSecondImplementationDoes) {
  auto sealed = seal_to(receiver_public, beauty, info);
  ASSERT_TRUE(sealed) << sealed.error().message;
  std::string sent = sealed->substr(0, 32);
  Schedule with = schedule(x25519(receiver_private, sent), sent, receiver_public, info, 2, 32);
  EXPECT_EQ(sealed->substr(32), gcm(with, beauty, ""));
}

void expect_shut(const Result<std::string>& opened, const std::string& why) {
  ASSERT_FALSE(opened) << why;
  EXPECT_EQ(opened.error().code, ErrorCode::invalid_request) << why;
  EXPECT_TRUE(opened.error().message.ends_with('.')) << why;
}

TEST(OfflineBox, WhatWasSealedOpensWithItsPrivateKeyAlone) {
  auto keys = new_offline_keys(), others = new_offline_keys();
  ASSERT_TRUE(keys && others);
  EXPECT_EQ(keys->public_key.size(), 32U);
  EXPECT_EQ(keys->private_key.size(), 32U);
  EXPECT_NE(keys->private_key, others->private_key);
  for (std::size_t size : {1U, 100U, 3'000'000U}) {
    std::string plain(size, 'x');
    auto sealed = seal_to(keys->public_key, plain, "a backup");
    ASSERT_TRUE(sealed);
    EXPECT_EQ(*open_with(keys->private_key, *sealed, "a backup"), plain);
    expect_shut(open_with(others->private_key, *sealed, "a backup"), "another key");
    expect_shut(open_with(keys->public_key, *sealed, "a backup"), "the public key");
    expect_shut(open_with(keys->private_key, *sealed, "a backuq"), "for something else");
    expect_shut(open_with(keys->private_key, *sealed, ""), "for nothing");
  }
}

TEST(OfflineBox, EachChangedByteAndEachCutKeepsItShut) {
  auto keys = new_offline_keys();
  std::string sealed = *seal_to(keys->public_key, "text", "");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    expect_shut(open_with(keys->private_key, changed, ""), std::to_string(i));
    expect_shut(open_with(keys->private_key, sealed.substr(0, i), ""), "the first " + std::to_string(i));
    if (i > 0) expect_shut(open_with(keys->private_key, sealed.substr(i), ""), "without " + std::to_string(i));
  }
  expect_shut(open_with(keys->private_key, sealed + '\0', ""), "longer");
  EXPECT_EQ(*open_with(keys->private_key, sealed, ""), "text");
}

TEST(OfflineBox, WhatCannotBeSealedIsSaid) {
  auto keys = new_offline_keys();
  expect_shut(seal_to(keys->public_key, "", ""), "nothing");
  expect_shut(seal_to("short", "text", ""), "no key");
  expect_shut(seal_to(std::string(32, '\0'), "text", ""), "a point of which everybody knows the product");
  expect_shut(seal_to(keys->public_key, "text", std::string(2000, 'x')), "what for, too long");
  expect_shut(open_with("short", *seal_to(keys->public_key, "text", ""), ""), "no key");
}

}  // namespace
}  // namespace entente
