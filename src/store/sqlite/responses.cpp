#include "store/sqlite/responses.hpp"

#include <algorithm>

namespace entente::store {

namespace {

constexpr std::int64_t bytes_of_a_row = 1024;  // what holds the texts: so many small ones cannot fill a disk either
constexpr std::int64_t most_at_once = 100;     // a second's worth must not keep others from their commits

std::int64_t size_of(const KeptResponse& response) {
  return std::ssize(response.body) + std::ssize(response.input) + std::ssize(response.conversation) + bytes_of_a_row;
}

}  // namespace

Result<std::size_t> write_response(Database& database, const KeptResponse& response, std::int64_t subject,
                                   std::uint64_t room) {
  std::int64_t bytes = size_of(response);
  auto most = static_cast<std::int64_t>(std::min<std::uint64_t>(room, INT64_MAX));
  if (bytes > most) return fail(ErrorCode::too_large, "The response takes more room than all kept ones may.");
  std::size_t went = 0;
  while (true) {
    TRY_ASSIGN(auto taken, database.integer("SELECT sum(bytes) FROM response_bytes"));
    if (taken.value_or(0) + bytes <= most) break;
    TRY(
        database.run("DELETE FROM responses WHERE id = (SELECT id FROM responses WHERE project = "
                     "(SELECT project FROM response_bytes ORDER BY bytes DESC LIMIT 1) ORDER BY id LIMIT 1)"));
    if (database.changes() == 0) return fail(ErrorCode::internal, "The sums of kept responses are wrong.");
    ++went;
  }
  TRY(
      database.run("INSERT INTO responses(id, project, at, until, bytes, body, input, conversation, subject) "
                   "VALUES(?,?,?,?,?,?,?,?,?)",
                   {response.id, response.project, to_micros(response.at), to_micros(response.until), bytes,
                    response.body, response.input, response.conversation, subject}));
  return went;
}

Result<std::optional<std::string>> read_response(Database& database, std::string_view id, std::string_view project,
                                                 KeptText which, Instant now) {
  const char* sql = which == KeptText::body ? "SELECT body FROM responses WHERE id = ? AND project = ? AND until > ?"
                    : which == KeptText::input
                        ? "SELECT input FROM responses WHERE id = ? AND project = ? AND until > ?"
                        : "SELECT conversation FROM responses WHERE id = ? AND project = ? AND until > ?";
  std::optional<std::string> found;
  TRY(database.query(sql, {id, project, to_micros(now)}, [&](const Database::Row& row) { found = row.text(0); }));
  return found;
}

Result<bool> delete_response(Database& database, std::string_view id, std::string_view project, Instant now) {
  TRY(database.run("DELETE FROM responses WHERE id = ? AND project = ? AND until > ?", {id, project, to_micros(now)}));
  return database.changes() > 0;
}

Result<> drop_of_subject(Database& database, std::int64_t subject) {
  return database.run("DELETE FROM responses WHERE subject = ?", {subject});
}

Result<std::size_t> drop_over(Database& database, Instant now) {
  TRY(
      database.run("DELETE FROM responses WHERE id IN (SELECT id FROM responses WHERE until <= ? ORDER BY until "
                   "LIMIT ?)",
                   {to_micros(now), most_at_once}));
  return static_cast<std::size_t>(database.changes());
}

Result<std::size_t> limit_age(Database& database, std::chrono::milliseconds longest, Instant now) {
  std::int64_t micros = std::chrono::microseconds(longest).count();
  TRY(database.run("UPDATE responses SET until = at + ? WHERE until > at + ?", {micros, micros}));
  TRY(database.run("DELETE FROM responses WHERE until <= ?", {to_micros(now)}));
  return static_cast<std::size_t>(database.changes());
}

}  // namespace entente::store
