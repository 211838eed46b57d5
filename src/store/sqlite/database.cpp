#include "store/sqlite/database.hpp"

#include <format>

#include <sqlite3.h>

#include "store/store.hpp"

namespace entente::store {

namespace {
constexpr int busy_patience_ms = 5000;  // another process (a command beside the server) may hold the write lock briefly
}

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  int code =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle));
  if (code != SQLITE_OK) {
    return fail({.code = ErrorCode::unavailable,
                 .message = std::format("The store {} cannot be opened: {}.", file.string(), sqlite3_errstr(code))});
  }
  sqlite3_busy_timeout(handle, busy_patience_ms);
  sqlite3_extended_result_codes(handle, 1);
  // FULL: a commit is on the disk when it returns, also through a power cut. The small cache keeps an idle server
  // small. secure_delete: what is deleted is overwritten, not left in a page that is free.
  TRY(database->script(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-1024; "
      "PRAGMA wal_autocheckpoint=4000; PRAGMA secure_delete=ON;"));
  return database;
}

Database::~Database() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error Database::failure(std::string_view doing) const {
  int code = sqlite3_extended_errcode(handle_);
  std::string details = std::format("sqlite {}: {} ({})", doing, sqlite3_errmsg(handle_), code);
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
      return {.code = ErrorCode::conflict, .message = "An entry of that name exists already.", .details = details};
    case SQLITE_FULL:
      return {.code = ErrorCode::unavailable,
              .message = "The disk that holds the store is full. Free some room; nothing was lost.",
              .reason = "store_full",
              .details = details};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {.code = ErrorCode::unavailable,
              .message = "The store is held by another process. Try again.",
              .details = details};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {.code = ErrorCode::unavailable,
              .message = "The store's file is damaged. Restore it from a backup.",
              .details = details};
    default:
      return {.code = ErrorCode::unavailable,
              .message = std::format("The store cannot be written or read: {}.", sqlite3_errstr(code)),
              .details = details};
  }
}

Result<> Database::script(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return fail(failure(sql));
  return {};
}

Result<sqlite3_stmt*> Database::prepared(const char* sql, std::initializer_list<Value> values) {
  sqlite3_stmt*& statement = statements_[sql];
  if (!statement && sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return fail(failure(sql));
  }
  sqlite3_reset(statement);
  int index = 0;  // not copied: the values live until the statement has run, and are bound anew before it runs again
  for (const Value& value : values) {
    ++index;
    if (auto* number = std::get_if<std::int64_t>(&value)) {
      sqlite3_bind_int64(statement, index, *number);
    } else if (auto* text = std::get_if<std::string_view>(&value)) {
      sqlite3_bind_text(statement, index, text->data() ? text->data() : "", static_cast<int>(text->size()),
                        SQLITE_STATIC);
    } else if (auto* blob = std::get_if<Blob>(&value)) {
      sqlite3_bind_blob(statement, index, blob->data(), static_cast<int>(blob->size()), SQLITE_STATIC);
    } else {
      sqlite3_bind_null(statement, index);
    }
  }
  return statement;
}

Result<bool> Database::step(sqlite3_stmt* statement) {
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement);
    return false;
  }
  Error error = failure(sqlite3_sql(statement));
  sqlite3_reset(statement);
  return fail(std::move(error));
}

Result<> Database::run(const char* sql, std::initializer_list<Value> values) {
  return query(sql, values, [](const Row&) {});
}

Result<std::optional<std::int64_t>> Database::integer(const char* sql, std::initializer_list<Value> values) {
  std::optional<std::int64_t> found;
  TRY(query(sql, values, [&](const Row& row) {
    if (!found && !row.is_null(0)) found = row.integer(0);
  }));
  return found;
}

bool Database::empty_wal() {
  // Whoever reads the file now needs what is there: nobody is waited for.
  sqlite3_busy_timeout(handle_, 0);
  auto held = integer("PRAGMA wal_checkpoint(TRUNCATE)");
  sqlite3_busy_timeout(handle_, busy_patience_ms);
  return held && held->value_or(1) == 0;
}

int Database::changes() const { return sqlite3_changes(handle_); }
std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }

std::int64_t Database::Row::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Database::Row::bytes(int column) const {
  auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

std::string Database::Row::text(int column) const { return bytes(column); }

bool Database::Row::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string_view sqlite_version() { return sqlite3_libversion(); }

}  // namespace entente::store
