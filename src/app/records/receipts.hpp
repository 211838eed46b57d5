// What clients and auditors hold of the log: receipts, heads of days and erasures, each made from rows of the store and
// the published files.
//
// `files` are those of the published log; `signer` has its key. Any thread; reads files. Failure: unavailable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/log/log.hpp"
#include "audit/receipts/held_entry.hpp"
#include "store/records.hpp"

namespace entente::app {

// The receipt of a request, as JSON: with proofs where the log has all of its entries, else a promise.
Result<std::string> make_receipt(const audit::NoteSigner& signer, audit::Files& files, const std::string& request,
                                 const std::vector<store::SealedAttempt>& attempts);

// A head of a day or an erasure with the way to the newest checkpoint. None: the log does not have it yet.
Result<std::optional<std::string>> make_held(const audit::NoteSigner& signer, audit::Files& files, audit::HeldKind kind,
                                             const store::SealedEntry& entry);

}  // namespace entente::app
