#include "store/directory.hpp"

#include "store/secrets.hpp"

namespace entente::store {

std::optional<Credential> Directory::find(std::string_view secret, Instant now) const {
  auto entries = entries_.load(std::memory_order_acquire);
  // Looking up a digest tells nothing about the secret through timing: the digest of a guess is unrelated to the right
  // one.
  auto found = entries->find(digest_of(secret));
  if (found == entries->end() || found->second.expires <= now) return std::nullopt;
  return found->second;
}

std::optional<Credential> Directory::find_named(std::string_view key_name) const {
  auto entries = entries_.load(std::memory_order_acquire);
  std::optional<Credential> found;
  for (const auto& [digest, credential] : *entries) {
    if (credential.session || credential.principal.key_name != key_name) continue;
    if (found) return std::nullopt;
    found = credential;
  }
  return found;
}

std::optional<Credential> Directory::find_key(std::string_view key_id) const {
  auto entries = entries_.load(std::memory_order_acquire);
  for (const auto& [digest, credential] : *entries) {
    if (!credential.session && credential.principal.key == key_id) return credential;
  }
  return std::nullopt;
}

void Directory::replace(Entries entries) {
  entries_.store(std::make_shared<const Entries>(std::move(entries)), std::memory_order_release);
}

}  // namespace entente::store
