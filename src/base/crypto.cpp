#include "base/crypto.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace entente {

namespace {
void require(bool ok) {
  if (ok) return;
  std::fputs("OpenSSL cannot hash or give random bytes: the installation is broken.\n", stderr);
  std::abort();
}

// Looked up once: OpenSSL looks an algorithm up by its name each time it is asked for one that was not fetched.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const fetched = [] {
    EVP_MD* found = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    require(found != nullptr);
    return found;
  }();
  return fetched;
}

struct Context {
  EVP_MD_CTX* of = EVP_MD_CTX_new();
  Context() { require(of != nullptr); }
  ~Context() { EVP_MD_CTX_free(of); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

}  // namespace

Digest sha256(std::string_view bytes) {
  thread_local Context context;
  Digest out;
  require(EVP_DigestInit_ex(context.of, fetched_sha256(), nullptr) == 1 &&
          EVP_DigestUpdate(context.of, bytes.data(), bytes.size()) == 1 &&
          EVP_DigestFinal_ex(context.of, out.data(), nullptr) == 1);
  return out;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
  Digest out;
  unsigned size = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
               reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), &size) != nullptr);
  return out;
}

struct Sha256::State : Context {};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  require(EVP_DigestInit_ex(state_->of, fetched_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) { require(EVP_DigestUpdate(state_->of, bytes.data(), bytes.size()) == 1); }

Digest Sha256::so_far() const {
  Context copy;
  Digest out;
  require(EVP_MD_CTX_copy_ex(copy.of, state_->of) == 1 && EVP_DigestFinal_ex(copy.of, out.data(), nullptr) == 1);
  return out;
}

Digest Sha256::finish() {
  Digest out;
  require(EVP_DigestFinal_ex(state_->of, out.data(), nullptr) == 1);
  return out;
}

// A call of the generator costs as much as many bytes of it: a thread takes some in stock, and wipes what it gives out.
void random_bytes(std::span<std::uint8_t> out) {
  struct Stock {
    std::array<std::uint8_t, 1024> bytes;
    std::size_t left = 0;
    ~Stock() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  };
  thread_local Stock stock;
  if (out.size() > stock.bytes.size() / 4) {
    require(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
    return;
  }
  if (stock.left < out.size()) {
    require(RAND_bytes(stock.bytes.data(), static_cast<int>(stock.bytes.size())) == 1);
    stock.left = stock.bytes.size();
  }
  stock.left -= out.size();
  std::uint8_t* from = stock.bytes.data() + stock.left;
  std::copy_n(from, out.size(), out.data());
  OPENSSL_cleanse(from, out.size());
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view openssl_version() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

}  // namespace entente
