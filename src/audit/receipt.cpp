#include "audit/receipt.hpp"

#include <algorithm>
#include <format>
#include <map>
#include <sstream>

#include "audit/canonical_json.hpp"
#include "audit/lines.hpp"
#include "audit/statement.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::string_view promise_header = "entente receipt v1";
constexpr std::int64_t version = 1;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

// Its entries in the order of the log's numbers they were given in.
std::vector<const ReceiptEntry*> entries_of(const Receipt& receipt) {
  std::vector<const ReceiptEntry*> all;
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    all.push_back(&attempt.intent);
    if (attempt.outcome) all.push_back(&*attempt.outcome);
    for (const ReceiptEntry& one : attempt.stated) all.push_back(&one);
  }
  return all;
}

void begin_entry(wire::JsonWriter& json, const ReceiptEntry& entry) {
  json.begin_object().key("entry").raw(entry.entry).key("index").number(entry.index);
  json.key("proof").begin_array();
  for (const Digest& hash : entry.proof) json.string(to_base64(hash));
  json.end_array().key("record").raw(entry.record);
}

void write_entry(wire::JsonWriter& json, const ReceiptEntry& entry) {
  begin_entry(json, entry);
  json.key("salt").string(to_base64(entry.salt)).end_object();
}

Result<std::string> text_of(const Json& json, std::string_view name) {
  const std::string* text = json.text(name);
  if (!text) return wrong(std::format("This is no receipt: '{}' is missing.", name));
  return *text;
}

// Hashes and salts.
Result<std::array<std::uint8_t, 32>> bytes_of(std::string_view text) {
  auto bytes = parse_hash(text);
  if (!bytes) return wrong("This is no receipt: a hash or salt is not 32 bytes in base64.");
  return *bytes;
}

enum class Salted { yes, no };

Result<ReceiptEntry> entry_of(const Json& json, Salted salted) {
  const std::int64_t* index = json.integer("index");
  const Json* entry = json.find("entry");
  const Json* record = json.find("record");
  const Json::Array* proof = json.array("proof");
  if (!index || !entry || !record || !proof)
    return wrong("This is no receipt: an entry lacks its index, entry, record or proof.");
  ReceiptEntry out{.index = *index};
  TRY_ASSIGN(out.entry, canonical_json(*entry));
  TRY_ASSIGN(out.record, canonical_json(*record));
  if (salted == Salted::yes) {
    TRY_ASSIGN(std::string salt, text_of(json, "salt"));
    TRY_ASSIGN(out.salt, bytes_of(salt));
  }
  for (const Json& line : *proof) {
    const auto* text = line.as<std::string>();
    TRY_ASSIGN(Digest hash, bytes_of(text ? *text : ""));
    out.proof.push_back(hash);
  }
  return out;
}

// What a record says under a name; empty where it does not.
std::string said(const ReceiptEntry& entry, std::string_view name) {
  auto record = wire::parse_json(entry.record);
  const std::string* text = record ? record->text(name) : nullptr;
  return text ? *text : "";
}

Result<Entry> check_entry(const ReceiptEntry& sealed, std::string_view what) {
  auto entry = parse_entry(sealed.entry);
  if (!entry) return wrong(std::format("The {}: {}", what, entry.error().message));
  if (entry->record != commitment_to(sealed.salt, sealed.record))
    return wrong(
        std::format("The record of the {} is not the one that the log's entry {} commits to.", what, sealed.index));
  if (said(sealed, "attempt") != entry->attempt)
    return wrong(std::format("The record of the {} is of another attempt.", what));
  return entry;
}

struct Cited {
  StatementKind kind;
  Digest subject;
  std::string name;  // for a person: which deployment's facts, or "policies"
  std::string hash;  // as the decision has it
};

// What an attempt's decision went by; nothing where it is from before there were statements.
std::vector<Cited> cited_by(const ReceiptEntry& intent) {
  std::vector<Cited> cited;
  auto record = wire::parse_json(intent.record);
  const Json* decision = record ? record->find("decision") : nullptr;
  const std::string* policies = decision ? decision->text("policies") : nullptr;
  if (!policies) return cited;
  cited.push_back({StatementKind::policies, subject_named(""), "policies", *policies});
  const Json::Array* candidates = decision->array("candidates");
  for (const Json& one : candidates ? *candidates : Json::Array{}) {
    const std::string *deployment = one.text("deployment"), *facts = one.text("facts");
    if (deployment && facts)
      cited.push_back({StatementKind::facts, subject_named(*deployment), "facts of " + *deployment, *facts});
  }
  return cited;
}

Result<> check_statements(const ReceiptAttempt& attempt, const Entry& intent) {
  std::vector<Statement> stated;
  for (const ReceiptEntry& one : attempt.stated) {
    auto statement = parse_statement(one.entry);
    if (!statement) return wrong(std::format("Entry {}: {}", one.index, statement.error().message));
    if (statement->record != sha256(one.record))
      return wrong(std::format("The text of the statement {} is not the one that the log's entry has.", one.index));
    if (one.index >= attempt.intent.index || statement->at > intent.at)
      return wrong(
          std::format("The receipt cites the statement {}, which is newer than what it speaks of.", one.index));
    stated.push_back(*statement);
  }
  for (const Cited& cited : cited_by(attempt.intent)) {
    bool there = std::ranges::any_of(stated, [&](const Statement& one) {
      return one.kind == cited.kind && one.subject == cited.subject && to_base64(one.record) == cited.hash;
    });
    if (!there) return wrong(std::format("The decision went by {} that the receipt does not have.", cited.name));
  }
  return {};
}

Result<> check_attempt(const ReceiptAttempt& attempt, const std::string& request) {
  TRY_ASSIGN(Entry intent, check_entry(attempt.intent, "intent"));
  if (intent.kind == EntryKind::outcome) return wrong("What stands for an intent is none.");
  if (said(attempt.intent, "request") != request)
    return wrong(std::format("The attempt {} belongs to another request.", intent.attempt));
  TRY(check_statements(attempt, intent));
  if (!attempt.outcome) return {};
  if (intent.kind == EntryKind::refusal) return wrong("What was refused has no outcome.");
  TRY_ASSIGN(Entry outcome, check_entry(*attempt.outcome, "outcome"));
  if (outcome.kind != EntryKind::outcome || outcome.attempt != intent.attempt || outcome.lane != intent.lane ||
      outcome.number != intent.number)
    return wrong(std::format("What stands for the outcome of {} is not its outcome.", intent.attempt));
  return {};
}

// The time by which, from the text of the promise.
std::string time_in(std::string_view promise) {
  std::string_view last = promise;
  if (last.ends_with('\n')) last.remove_suffix(1);
  last = last.substr(last.rfind('\n') + 1);
  constexpr std::string_view by = "by ";
  return last.starts_with(by) ? std::string(last.substr(by.size())) : "";
}

// A time of RFC 3339 as to_rfc3339() writes it, less some seconds.
std::string earlier(const std::string& at, std::chrono::seconds by) {
  std::istringstream in(at);
  Instant instant{};
  in >> std::chrono::parse("%FT%TZ", instant);
  return to_rfc3339(instant - by);
}

std::string promise_body(const Receipt& receipt, std::string_view origin, std::string_view by) {
  std::string text = std::format("{}\n{}\n{}\n", promise_header, origin, receipt.request);
  for (const ReceiptEntry* entry : entries_of(receipt))
    text += std::format("{} {}\n", entry->index, to_base64(hash_entry(entry->entry)));
  return text + std::format("by {}\n", by);
}

}  // namespace

std::string promise_text(const Receipt& receipt, std::string_view origin, Instant by) {
  return promise_body(receipt, origin, to_rfc3339(by));
}

std::string receipt_text(const Receipt& receipt) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("version").number(version).key("request").string(receipt.request);
  json.key("attempts").begin_array();
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    json.begin_object().key("intent");
    write_entry(json, attempt.intent);
    json.key("outcome");
    if (attempt.outcome) {
      write_entry(json, *attempt.outcome);
    } else {
      json.null();
    }
    json.key("stated").begin_array();
    for (const ReceiptEntry& one : attempt.stated) {
      begin_entry(json, one);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  json.key("promise").string(receipt.promise).key("checkpoint").string(receipt.checkpoint).end_object();
  return out;
}

Result<Receipt> parse_receipt(std::string_view text) {
  TRY_ASSIGN(Json json, wire::parse_json(text));
  const std::int64_t* written = json.integer("version");
  if (!written) return wrong("This is no receipt: 'version' is missing.");
  if (*written != version)
    return wrong(std::format("This receipt is of version {}, which this Entente does not know.", *written));
  Receipt receipt;
  TRY_ASSIGN(receipt.request, text_of(json, "request"));
  TRY_ASSIGN(receipt.promise, text_of(json, "promise"));
  TRY_ASSIGN(receipt.checkpoint, text_of(json, "checkpoint"));
  const Json::Array* attempts = json.array("attempts");
  if (!attempts) return wrong("This is no receipt: 'attempts' is missing.");
  for (const Json& one : *attempts) {
    const Json* intent = one.find("intent");
    const Json* outcome = one.find("outcome");
    if (!intent || !outcome) return wrong("This is no receipt: an attempt lacks its intent or outcome.");
    ReceiptAttempt attempt;
    TRY_ASSIGN(attempt.intent, entry_of(*intent, Salted::yes));
    if (!outcome->is_null()) {
      TRY_ASSIGN(attempt.outcome, entry_of(*outcome, Salted::yes));
    }
    const Json::Array* stated = one.array("stated");  // receipts from before there were statements have none
    for (const Json& statement : stated ? *stated : Json::Array{}) {
      TRY_ASSIGN(ReceiptEntry entry, entry_of(statement, Salted::no));
      attempt.stated.push_back(std::move(entry));
    }
    receipt.attempts.push_back(std::move(attempt));
  }
  return receipt;
}

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, const NoteVerifier& log, Instant now) {
  for (const ReceiptAttempt& attempt : receipt.attempts) TRY(check_attempt(attempt, receipt.request));
  TRY_ASSIGN(std::string promise, open_note(receipt.promise, {&log, 1}));
  ReceiptVerdict verdict{.promised_by = time_in(promise)};
  if (promise != promise_body(receipt, log.name(), verdict.promised_by))
    return wrong("The log's promise is for other entries than those of the receipt.");
  if (receipt.checkpoint.empty()) {
    // Times of RFC 3339 in UTC with the same precision have the order of their text.
    verdict.standing = to_rfc3339(now) <= verdict.promised_by ? Standing::promised : Standing::overdue;
    return verdict;
  }
  TRY_ASSIGN(Checkpoint checkpoint, open_checkpoint(receipt.checkpoint, log));
  for (const ReceiptEntry* entry : entries_of(receipt)) {
    Result<> proved = check_inclusion(hash_entry(entry->entry), static_cast<std::uint64_t>(entry->index),
                                      checkpoint.tree, entry->proof);
    if (!proved) return wrong(std::format("Entry {}: {}", entry->index, proved.error().message));
  }
  verdict.standing = Standing::included;
  verdict.entries = checkpoint.tree.size;
  return verdict;
}

Result<> check_not_superseded(const Receipt& receipt, const ReadEntry& entry, std::chrono::seconds grace) {
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    TRY_ASSIGN(Entry intent, parse_entry(attempt.intent.entry));
    std::map<std::pair<StatementKind, Digest>, Statement> newest;  // of those from before the intent, less the grace
    std::string before = earlier(intent.at, grace);
    for (std::int64_t index = 0; index < attempt.intent.index; ++index) {
      TRY_ASSIGN(std::string text, entry(static_cast<std::uint64_t>(index)));
      if (!looks_like_statement(text)) continue;
      TRY_ASSIGN(Statement statement, parse_statement(text));
      if (statement.at <= before) newest.insert_or_assign({statement.kind, statement.subject}, statement);
    }
    for (const Cited& cited : cited_by(attempt.intent)) {
      auto last = newest.find({cited.kind, cited.subject});
      if (last == newest.end() || to_base64(last->second.record) == cited.hash) continue;
      // What came within the grace may be what is cited.
      bool just_stated = std::ranges::any_of(attempt.stated, [&](const ReceiptEntry& one) {
        auto statement = parse_statement(one.entry);
        return statement && statement->kind == cited.kind && statement->subject == cited.subject &&
               statement->at > before;
      });
      if (!just_stated)
        return wrong(std::format("The decision of {} went by {} that had been superseded in the log on {}.", intent.at,
                                 cited.name, last->second.at));
    }
  }
  return {};
}

}  // namespace entente::audit
