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

#include "audit/checkpoint.hpp"
#include "audit/entry.hpp"
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
};

struct Receipt {
  std::string request;
  std::vector<ReceiptAttempt> attempts;
  std::string promise;     // a note: promise_text(), signed
  std::string checkpoint;  // a note; empty: the entries are promised only
};

// What the log signs for entries that it is going to publish by then.
std::string promise_text(const Receipt& receipt, std::string_view origin, Instant by);

std::string receipt_text(const Receipt& receipt);
Result<Receipt> parse_receipt(std::string_view text);

enum class Standing { included, promised, overdue };

struct ReceiptVerdict {
  Standing standing = Standing::promised;
  std::string promised_by;    // RFC 3339
  std::uint64_t entries = 0;  // of the log under the receipt's checkpoint
};

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, const NoteVerifier& log, Instant now);

// Whether the statements that a receipt cites were still what the server went by when it was asked: `entry` gives the
// log's entries. A receipt alone cannot show that; a statement that came less than `grace` before is let pass, because
// the work was on its way.
using ReadEntry = std::function<Result<std::string>(std::uint64_t index)>;
Result<> check_not_superseded(const Receipt& receipt, const ReadEntry& entry, std::chrono::seconds grace);

}  // namespace entente::audit
