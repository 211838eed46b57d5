// What `entente verify` has for all of its objects: a log, a receipt, a saved stream, the head of a day.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands/commands.hpp"
#include "audit/checkpoints/tlog_policy.hpp"
#include "audit/keys/note.hpp"
#include "audit/log/log.hpp"
#include "audit/receipts/act.hpp"
#include "audit/receipts/receipt.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

Result<std::string> text_in(const std::filesystem::path& file);
Result<> write_text(const std::filesystem::path& file, std::string_view text);  // its folder is there
Result<std::filesystem::path> own_log(const Common& common);                    // the folder of this server's log
// A key as it is written, or the file that holds it; none given: the one beside the log in `folder`.
Result<audit::NoteVerifier> log_key(std::string given, const std::filesystem::path& folder);

// The entries of a published log, a bundle at a time. `files` must stay.
audit::ReadEntry entries_in(audit::Files& files, std::uint64_t size);

// What the signatures beside the log's own say of a checkpoint: judged by a policy, or only named where there is none.
struct Witnessed {
  bool judged = false;
  std::string needed;                 // the policy's quorum, in words
  audit::QuorumVerdict quorum;        // when it was judged
  std::vector<std::string> unjudged;  // "north.example+51d1e0c5 (2026-11-27T10:15:03Z)"
  bool good() const { return !judged || quorum.met; }
};
Result<std::optional<audit::TlogPolicy>> read_policy(const std::filesystem::path& file);  // none: no file was given
// The key to check with: the one that was given, else the policy's only log, else the one beside the log in `folder`.
Result<audit::NoteVerifier> checking_key(const VerifyWanted& wanted, const std::optional<audit::TlogPolicy>& policy,
                                         const std::filesystem::path& folder);
// With what a single text is checked; without '--key' and policy, the key is the one of this server's own log.
struct CheckedBy {
  std::optional<audit::TlogPolicy> policy;
  audit::NoteVerifier key;
};
Result<CheckedBy> checked_by(const Common& common, const VerifyWanted& wanted);
// `note`: a checkpoint that `log` has signed.
Result<Witnessed> look_at_witnesses(const std::string& note, const audit::NoteVerifier& log,
                                    const std::optional<audit::TlogPolicy>& policy);
void print_witnessed(const Witnessed& witnessed, int width);             // lines for a person; width of their headings
void add_witnessed(wire::JsonWriter& json, const Witnessed& witnessed);  // the member "witnesses"

int verify_receipt(const Common& common, const VerifyWanted& wanted);
int verify_head(const Common& common, const VerifyWanted& wanted, const std::string& text);  // of a day
int verify_erasure(const Common& common, const VerifyWanted& wanted, const std::string& text);
int verify_act(const Common& common, const VerifyWanted& wanted, const std::string& text);  // of the operator
std::string act_in_words(const audit::ActRecord& act);                                      // a line for a person

// What `entente audit export` writes; its folder has a file of this name.
inline constexpr const char* audit_export_manifest = "export.json";
int verify_export(const Common& common, const VerifyWanted& wanted);
int verify_saved_stream(const Common& common, const VerifyWanted& wanted);
void print_attempt(const audit::ReceiptAttempt& attempt);  // for a person; in receipt_words.cpp

}  // namespace entente::app
