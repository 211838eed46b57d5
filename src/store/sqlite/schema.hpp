// The store's tables and how older ones become today's. migrate() is called once per opening, in one transaction: it
// ends at the newest schema or changes nothing. A store written by a newer Entente is refused.
#pragma once

#include "store/sqlite/database.hpp"

namespace entente::store {

Result<> migrate(Database& database);

}  // namespace entente::store
