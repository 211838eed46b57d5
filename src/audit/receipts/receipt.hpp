// Receipt: what the client of one request holds in hand: each attempt's record, the entries of the log that commit to
// it, the log's signed promise that they are in it, and, once they are, the way to a signed checkpoint. Whoever has it
// checks it offline with the log's public key alone.
//
// It proves what the operator said at the time and cannot take back; not that the operator spoke the truth. Pure, any
// thread. Failure of a check: invalid_request with a sentence that names what does not fit.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/checkpoints/checkpoint.hpp"
#include "audit/entries/disclosure.hpp"
#include "audit/entries/entry.hpp"
#include "audit/entries/statement.hpp"
#include "base/clock.hpp"

namespace entente::audit {

struct ReceiptEntry {
  std::int64_t index = 0;  // in the log
  std::string entry;       // canonical JSON, as it is in the log
  std::string record;      // canonical JSON
  Salt salt{};
  Proof proof;  // to the receipt's checkpoint
};

struct ReceiptAttempt {
  ReceiptEntry intent;                  // or the refusal, when nothing was sent
  std::optional<ReceiptEntry> outcome;  // none: it runs, or ran when the receipt was made
  std::vector<ReceiptEntry> stated;     // statements that the decision cites; `record` is their text, there is no salt
  std::vector<Opened> candidates;       // of the decision, as many as are disclosed; canonical JSON each
};

struct Receipt {
  std::string request;
  std::vector<ReceiptAttempt> attempts;
  std::string promise;     // a note: promise_text(), signed
  std::string checkpoint;  // a note; empty: the entries are promised only
  std::string cose;        // of the checkpoint's root (cose.hpp); empty: receipts had none at first
};

// What the log signs for entries that it is going to publish by then. Statements stand apart in it, so that they can be
// left out of a receipt that discloses less.
std::string promise_text(const Receipt& receipt, std::string_view origin, Instant by);

std::string receipt_text(const Receipt& receipt);
Result<Receipt> parse_receipt(std::string_view text);

enum class Standing { included, promised, overdue };

struct ReceiptVerdict {
  Standing standing = Standing::promised;
  std::string promised_by;    // RFC 3339
  std::uint64_t entries = 0;  // of the log under the receipt's checkpoint
};

// The candidates of an attempt's decision: how many there are, and the root over them. Nothing: its record has them in
// clear, as records had at first, or there was no decision.
std::optional<Tree> candidates_of(const ReceiptAttempt& attempt);

// The text of the statement that an attempt's decision names by this hash; null: the receipt does not have it.
// `deployment`: empty for policies.
const std::string* stated_text(const ReceiptAttempt& attempt, StatementKind kind, std::string_view deployment,
                               std::string_view hash);

// The same receipt with no candidates but those of these names, and without the statements that only others cite. It
// holds like the whole one. Failure: a name that no decision of the receipt has.
enum class PolicyTexts { kept, left_out };
Result<Receipt> disclose_only(Receipt receipt, const std::vector<std::string>& deployments, PolicyTexts policies);

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, const NoteVerifier& log, Instant now);

// Whether the statements that a receipt cites were still what the server went by when it was asked: `entry` gives the
// log's entries. A receipt alone cannot show that; a statement that came less than `grace` before is let pass, because
// the work was on its way.
using ReadEntry = std::function<Result<std::string>(std::uint64_t index)>;
Result<> check_not_superseded(const Receipt& receipt, const ReadEntry& entry, std::chrono::seconds grace);

}  // namespace entente::audit
