#include "audit/keys/ed25519.hpp"

#include <cstdio>
#include <cstdlib>

#include <openssl/evp.h>

#include "base/crypto.hpp"

namespace entente::audit {

namespace {

void require(bool ok) {
  if (ok) return;
  std::fputs("OpenSSL cannot sign: the installation is broken.\n", stderr);
  std::abort();
}

using Context = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

SigningKey::SigningKey(const Seed& seed)
    : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
           [](void* key) { EVP_PKEY_free(static_cast<EVP_PKEY*>(key)); }) {
  require(key_ != nullptr);
  std::size_t size = public_key_.size();
  require(EVP_PKEY_get_raw_public_key(static_cast<EVP_PKEY*>(key_.get()), public_key_.data(), &size) == 1);
}

Seed SigningKey::new_seed() {
  Seed seed;
  random_bytes(seed);
  return seed;
}

std::string SigningKey::sign(std::string_view message) const {
  Context context(EVP_MD_CTX_new());
  std::string signature(ed25519_signature_bytes, '\0');
  std::size_t size = signature.size();
  require(context &&
          EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_.get())) == 1);
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes(message),
                         message.size()) == 1);
  return signature;
}

bool verify_ed25519(const PublicKey& key, std::string_view message, std::string_view signature) {
  Key loaded(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  Context context(EVP_MD_CTX_new());
  if (!loaded || !context || signature.size() != ed25519_signature_bytes) return false;
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

}  // namespace entente::audit
