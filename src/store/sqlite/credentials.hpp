// The rows of keys, of the tenants and projects they belong to, and of the sessions that were opened with them. Secrets
// come in and are hashed; none is ever read.
//
// For the writer's thread, inside its transactions.
#pragma once

#include <string_view>
#include <vector>

#include "store/directory.hpp"
#include "store/records.hpp"
#include "store/sqlite/database.hpp"

namespace entente::store {

// What opens the door now: keys that are not revoked, and their sessions whose time is not over.
Result<Directory::Entries> read_credentials(Database& database, Instant now);

Result<std::vector<Key>> read_keys(Database& database);

// Its tenant and project are made when there are none of their names. Errors: conflict, when its name is taken.
Result<Key> insert_key(Database& database, const NewKey& wanted, std::string_view secret, Instant now);

// Errors: not_found, and conflict where several have the name.
Result<> revoke_key(Database& database, std::string_view id_or_name, Instant now);

Result<> insert_session(Database& database, std::string_view secret, std::string_view key, Instant now);

}  // namespace entente::store
