// What `entente verify` has for all of its objects: a log, a receipt, a saved stream, the head of a day.
#pragma once

#include <filesystem>
#include <string>

#include "app/commands/commands.hpp"
#include "audit/log.hpp"
#include "audit/note.hpp"
#include "audit/receipt.hpp"

namespace entente::app {

Result<std::string> text_in(const std::filesystem::path& file);
Result<std::filesystem::path> own_log(const Common& common);  // the folder of this server's log
// A key as it is written, or the file that holds it; none given: the one beside the log in `folder`.
Result<audit::NoteVerifier> log_key(std::string given, const std::filesystem::path& folder);

// The entries of a published log, a bundle at a time. `files` must stay.
audit::ReadEntry entries_in(audit::Files& files, std::uint64_t size);

int verify_receipt(const Common& common, const VerifyWanted& wanted);
int verify_head(const Common& common, const VerifyWanted& wanted, const std::string& text);  // of a day
int verify_saved_stream(const Common& common, const VerifyWanted& wanted);
void print_attempt(const audit::ReceiptAttempt& attempt);  // for a person; in receipt_words.cpp

}  // namespace entente::app
