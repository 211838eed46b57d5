#include "audit/keys/mldsa.hpp"

#include <cstdio>
#include <cstdlib>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace entente::audit {

namespace {

constexpr const char* algorithm = "ML-DSA-44";

void require(bool ok) {
  if (ok) return;
  std::fputs("OpenSSL cannot sign with ML-DSA-44: the installation is broken, or older than 3.5.\n", stderr);
  std::abort();
}

using Context = std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

EVP_PKEY* key_of(const Seed& seed) {
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  Seed copy = seed;  // what is passed is not constant
  OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_DSA_SEED, copy.data(), copy.size()),
                         OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  require(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
          EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params) == 1);
  return key;
}

}  // namespace

MldsaKey::MldsaKey(const Seed& seed)
    : key_(key_of(seed), [](void* key) { EVP_PKEY_free(static_cast<EVP_PKEY*>(key)); }) {
  std::size_t size = public_key_.size();
  require(EVP_PKEY_get_raw_public_key(static_cast<EVP_PKEY*>(key_.get()), public_key_.data(), &size) == 1 &&
          size == public_key_.size());
}

std::string MldsaKey::sign(std::string_view message) const {
  Context context(EVP_MD_CTX_new());
  std::string signature(mldsa_signature_bytes, '\0');
  std::size_t size = signature.size();
  require(context && EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                                           static_cast<EVP_PKEY*>(key_.get()), nullptr) == 1);
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes(message),
                         message.size()) == 1 &&
          size == signature.size());
  return signature;
}

bool verify_mldsa(const MldsaPublicKey& key, std::string_view message, std::string_view signature) {
  Key loaded(EVP_PKEY_new_raw_public_key_ex(nullptr, algorithm, nullptr, key.data(), key.size()));
  Context context(EVP_MD_CTX_new());
  if (!loaded || !context || signature.size() != mldsa_signature_bytes) return false;
  return EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, loaded.get(), nullptr) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

}  // namespace entente::audit
