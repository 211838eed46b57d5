// Statement: an entry of the log by which the server says what it goes by from then on: the facts of one deployment,
// its terms, the policies, or the rules that give labels. It belongs to no lane. Receipts cite it, so that what was
// known on a day is provable, and a later correction is visible as one.
//
// It commits to its text by a plain hash: the text is about machines and rules, and whoever holds a receipt that cites
// it has it. Pure, any thread. Failure: invalid_request.
#pragma once

#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "base/result.hpp"

namespace entente::audit {

enum class StatementKind { facts, labels, policies, terms };
std::string_view to_string(StatementKind kind);

struct Statement {
  StatementKind kind = StatementKind::facts;
  Digest subject{};  // subject_named(): of which deployment; of policies and labels: of ""
  Digest record{};   // SHA-256 of the text
  std::string at;    // RFC 3339
  friend bool operator==(const Statement&, const Statement&) = default;
};

Digest subject_named(std::string_view deployment);

std::string statement_text(const Statement& statement);
Result<Statement> parse_statement(std::string_view text);  // only what statement_text() would write

}  // namespace entente::audit
