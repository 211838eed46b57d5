// Database: one SQLite connection and its prepared statements. One thread at a time. Values are bound, never pasted
// into SQL. Errors are `unavailable` (disk full, file damaged, locked by another) or `conflict` (a constraint).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace entente::store {

using Blob = std::span<const std::uint8_t>;
using Value = std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob>;

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Statements without parameters, several at once.
  Result<> script(const char* sql);

  // Runs a statement to its end. `sql` is a literal: it is prepared once per connection.
  Result<> run(const char* sql, std::initializer_list<Value> values = {});

  // One row being read; valid until the callback returns.
  class Row {
   public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    std::int64_t integer(int column) const;
    std::string text(int column) const;
    std::string bytes(int column) const;
    bool is_null(int column) const;

   private:
    sqlite3_stmt* statement_;
  };

  // Calls each(row) for every row.
  template <class Each>
  Result<> query(const char* sql, std::initializer_list<Value> values, Each&& each) {
    TRY_ASSIGN(sqlite3_stmt * statement, prepared(sql, values));
    while (true) {
      TRY_ASSIGN(bool row, step(statement));
      if (!row) return {};
      each(Row(statement));
    }
  }

  // The first column of the first row.
  Result<std::optional<std::int64_t>> integer(const char* sql, std::initializer_list<Value> values = {});

  // Brings what the write-ahead log holds into the file and cuts the log to nothing: until then both hold what was
  // deleted. False: somebody reads it now, or the disk refused. Outside of a transaction.
  bool empty_wal();

  int changes() const;            // rows touched by the last run()
  std::int64_t last_row() const;  // number of the row that was inserted last

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  Result<sqlite3_stmt*> prepared(const char* sql, std::initializer_list<Value> values);
  Result<bool> step(sqlite3_stmt* statement);
  Error failure(std::string_view doing) const;

  sqlite3* handle_;
  std::map<const char*, sqlite3_stmt*> statements_;  // by address: callers pass literals
};

}  // namespace entente::store
