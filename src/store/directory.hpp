// Directory: every credential that is good now, by the digest of its secret, in memory. Readers on any thread take a
// snapshot that never changes; the store's writer replaces it whole.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "base/crypto.hpp"
#include "store/store.hpp"

namespace entente::store {

class Directory {
 public:
  using Entries = std::map<Digest, Credential>;

  std::optional<Credential> find(std::string_view secret, Instant now) const;
  std::optional<Credential> find_named(std::string_view key_name) const;  // none, too, where two have it
  std::optional<Credential> find_key(std::string_view key_id) const;
  void replace(Entries entries);

 private:
  std::atomic<std::shared_ptr<const Entries>> entries_ = std::make_shared<const Entries>();
};

}  // namespace entente::store
