#include "base/sealing.hpp"

#include <cstdio>
#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/crypto.hpp"

namespace entente {

namespace {

constexpr std::size_t nonce_size = 12, tag_size = 16;
static_assert(nonce_size + tag_size == sealing_adds);

void require(bool ok) {
  if (ok) return;
  std::fputs("OpenSSL cannot encrypt: the installation is broken.\n", stderr);
  std::abort();
}

// Looked up once, as the digests are (crypto.cpp).
const EVP_CIPHER* fetched_cipher() {
  static const EVP_CIPHER* const fetched = [] {
    EVP_CIPHER* found = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    require(found != nullptr);
    return found;
  }();
  return fetched;
}

unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

enum class Direction : int { open = 0, seal = 1 };

// The thread's cipher under one key and nonce, for one text.
class Cipher {
 public:
  Cipher(const SecretKey& key, std::string_view nonce, Direction direction) {
    require(EVP_CipherInit_ex2(context(), fetched_cipher(), key.data(), bytes(nonce), static_cast<int>(direction),
                               nullptr) == 1);
  }
  // OpenSSL wipes what it made of the key: a key that is destroyed must not live on in a context.
  ~Cipher() { EVP_CIPHER_CTX_reset(context()); }
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;

  void bind(std::string_view bound) { update(nullptr, bound); }

  // To `out`, which has room for as much.
  void update(unsigned char* out, std::string_view in) {
    constexpr std::size_t most = 1U << 30;  // OpenSSL counts in int
    while (!in.empty()) {
      std::string_view piece = in.substr(0, most);
      int size = 0;
      require(EVP_CipherUpdate(context(), out, &size, bytes(piece), static_cast<int>(piece.size())) == 1);
      if (out != nullptr) out += size;
      in.remove_prefix(piece.size());
    }
  }

  void tag_to(unsigned char* out) {
    require(finish() && EVP_CIPHER_CTX_ctrl(context(), EVP_CTRL_AEAD_GET_TAG, tag_size, out) == 1);
  }

  bool fits(std::string_view tag) {
    std::string copy(tag);
    require(EVP_CIPHER_CTX_ctrl(context(), EVP_CTRL_AEAD_SET_TAG, tag_size, copy.data()) == 1);
    return finish();
  }

 private:
  static EVP_CIPHER_CTX* context() {
    struct Context {
      EVP_CIPHER_CTX* of = EVP_CIPHER_CTX_new();
      Context() { require(of != nullptr); }
      ~Context() { EVP_CIPHER_CTX_free(of); }
      Context(const Context&) = delete;
      Context& operator=(const Context&) = delete;
    };
    thread_local Context context;
    return context.of;
  }

  static bool finish() {
    std::array<unsigned char, 16> nothing;  // GCM has given everything already
    int size = 0;
    return EVP_CipherFinal_ex(context(), nothing.data(), &size) == 1;
  }
};

}  // namespace

SecretKey new_secret_key() {
  SecretKey key;
  random_bytes(key);
  return key;
}

void wipe(SecretKey& key) { OPENSSL_cleanse(key.data(), key.size()); }

void wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }

std::string seal(const SecretKey& key, std::string_view plain, std::string_view bound) {
  std::string out(sealing_adds + plain.size(), '\0');
  random_bytes({bytes(out), nonce_size});
  Cipher cipher(key, std::string_view(out).substr(0, nonce_size), Direction::seal);
  cipher.bind(bound);
  cipher.update(bytes(out) + nonce_size, plain);
  cipher.tag_to(bytes(out) + nonce_size + plain.size());
  return out;
}

Result<std::string> unseal(const SecretKey& key, std::string_view sealed, std::string_view bound) {
  if (sealed.size() < sealing_adds) {
    return fail(ErrorCode::invalid_request, "What was sealed does not open: it is too short to have been sealed here.");
  }
  std::string_view hidden = sealed.substr(nonce_size, sealed.size() - sealing_adds);
  std::string plain(hidden.size(), '\0');
  Cipher cipher(key, sealed.substr(0, nonce_size), Direction::open);
  cipher.bind(bound);
  cipher.update(bytes(plain), hidden);
  if (cipher.fits(sealed.substr(nonce_size + hidden.size()))) return plain;
  wipe(plain);
  return fail(ErrorCode::invalid_request,
              "What was sealed does not open: it was changed, or was sealed under another key or for another place.");
}

}  // namespace entente
