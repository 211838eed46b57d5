// The store's tables and how older ones become today's. migrate() is called once per opening, in one transaction: it
// ends at the newest schema or changes nothing. A store written by a newer Entente is refused.
#pragma once

#include "store/sqlite/database.hpp"

namespace entente::store {

Result<> migrate(Database& database, std::int64_t to = -1);  // `to`: an older schema, for tests of what follows it

}  // namespace entente::store
