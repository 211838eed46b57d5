#include "base/offline_box.hpp"

#include <climits>
#include <memory>

#include <openssl/evp.h>
#include <openssl/hpke.h>

#include "base/sealing.hpp"

namespace entente {

namespace {

constexpr OSSL_HPKE_SUITE suite{.kem_id = OSSL_HPKE_KEM_ID_X25519,
                                .kdf_id = OSSL_HPKE_KDF_ID_HKDF_SHA256,
                                .aead_id = OSSL_HPKE_AEAD_ID_AES_GCM_256};
constexpr std::size_t key_size = 32, tag_size = 16;
constexpr std::size_t most = INT_MAX - 1024;  // OpenSSL counts in int

using Context = std::unique_ptr<OSSL_HPKE_CTX, decltype([](OSSL_HPKE_CTX* context) { OSSL_HPKE_CTX_free(context); })>;
using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

Context new_context(int role) { return Context(OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, suite, role, nullptr, nullptr)); }

}  // namespace

Result<OfflineKeys> new_offline_keys() {
  OfflineKeys keys{.public_key = std::string(key_size, '\0'), .private_key = std::string(key_size, '\0')};
  std::size_t public_size = key_size, private_size = key_size;
  EVP_PKEY* made = nullptr;
  bool good = OSSL_HPKE_keygen(suite, bytes(keys.public_key), &public_size, &made, nullptr, 0, nullptr, nullptr) == 1;
  Key key(made);
  if (good && EVP_PKEY_get_raw_private_key(key.get(), bytes(keys.private_key), &private_size) == 1) return keys;
  return fail(ErrorCode::unavailable, "OpenSSL cannot make a pair of X25519 keys: its installation is broken.");
}

Result<std::string> seal_to(std::string_view public_key, std::string_view plain, std::string_view info) {
  if (public_key.size() != key_size) return wrong("A public key to seal to is 32 bytes (X25519).");
  if (plain.empty()) return wrong("There is nothing to seal.");
  if (plain.size() > most) return wrong("More than 2 GiB cannot be sealed to an offline key at once.");
  Context context = new_context(OSSL_HPKE_ROLE_SENDER);
  std::string out(key_size + plain.size() + tag_size, '\0');
  std::size_t sent = key_size, hidden = out.size() - key_size;
  if (context &&
      OSSL_HPKE_encap(context.get(), bytes(out), &sent, bytes(public_key), public_key.size(), bytes(info),
                      info.size()) == 1 &&
      OSSL_HPKE_seal(context.get(), bytes(out) + key_size, &hidden, nullptr, 0, bytes(plain), plain.size()) == 1 &&
      sent == key_size && sent + hidden == out.size()) {
    return out;
  }
  return wrong("Nothing can be sealed to this public key: it is none of X25519, or what it is for is said too long.");
}

Result<std::string> open_with(std::string_view private_key, std::string_view sealed, std::string_view info) {
  if (private_key.size() != key_size) return wrong("A private key to open with is 32 bytes (X25519).");
  if (sealed.size() <= key_size + tag_size) {
    return wrong("What was sealed to an offline key does not open: it is too short.");
  }
  if (sealed.size() > most) return wrong("What was sealed to an offline key does not open: it is too long.");
  std::string_view sent = sealed.substr(0, key_size), hidden = sealed.substr(key_size);
  Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, bytes(private_key), private_key.size()));
  Context context = new_context(OSSL_HPKE_ROLE_RECEIVER);
  std::string plain(hidden.size(), '\0');
  std::size_t size = plain.size();
  if (key && context &&
      OSSL_HPKE_decap(context.get(), bytes(sent), sent.size(), key.get(), bytes(info), info.size()) == 1 &&
      OSSL_HPKE_open(context.get(), bytes(plain), &size, nullptr, 0, bytes(hidden), hidden.size()) == 1) {
    plain.resize(size);
    return plain;
  }
  wipe(plain);
  return wrong("What was sealed to an offline key does not open: it was changed, or was sealed to another key.");
}

}  // namespace entente
