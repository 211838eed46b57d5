// The key of `entente up`: made the first time, the same ever after.
//
// A store keeps only the hash of a secret, so the secret itself lies in the state folder, in a file that only its owner
// may read, next to the database that whoever can read it could change anyway. When the key was revoked, or the file is
// gone, a new one is made. Main thread.
#pragma once

#include <filesystem>
#include <string>

#include "store/store.hpp"

namespace entente::app {

struct FirstKey {
  std::string id, secret;
  bool made = false;  // now, rather than found
};

Result<FirstKey> first_key(store::Store& store, const std::filesystem::path& state_folder);

}  // namespace entente::app
