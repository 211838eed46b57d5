// Whether a receipt holds, and what is left of one that discloses less.
#include <algorithm>
#include <format>
#include <map>
#include <sstream>

#include "audit/entries/line_kind.hpp"
#include "audit/forms/lines.hpp"
#include "audit/receipts/cose.hpp"
#include "audit/receipts/receipt.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::string_view promise_header = "entente receipt v2";
constexpr std::string_view first_header = "entente receipt v1";  // which does not tell statements from other entries

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

std::vector<const ReceiptEntry*> entries_of(const Receipt& receipt) {
  std::vector<const ReceiptEntry*> all;
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    all.push_back(&attempt.intent);
    if (attempt.outcome) all.push_back(&*attempt.outcome);
    for (const ReceiptEntry& one : attempt.stated) all.push_back(&one);
  }
  return all;
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

// What one candidate was judged by.
void cite(std::vector<Cited>& cited, const Json& candidate) {
  const std::string *deployment = candidate.text("deployment"), *facts = candidate.text("facts"),
                    *terms = candidate.text("terms");
  if (deployment && facts)
    cited.push_back({StatementKind::facts, subject_named(*deployment), "facts of " + *deployment, *facts});
  if (deployment && terms)
    cited.push_back({StatementKind::terms, subject_named(*deployment), "terms of " + *deployment, *terms});
}

// What an attempt's decision went by, as far as its candidates are disclosed; nothing where it is from before there
// were statements.
std::vector<Cited> cited_by(const ReceiptAttempt& attempt) {
  std::vector<Cited> cited;
  auto record = wire::parse_json(attempt.intent.record);
  const Json* decision = record ? record->find("decision") : nullptr;
  const std::string* policies = decision ? decision->text("policies") : nullptr;
  if (!policies) return cited;
  cited.push_back({StatementKind::policies, subject_named(""), "policies", *policies});
  const Json::Array* in_clear = decision->array("candidates");
  for (const Json& one : in_clear ? *in_clear : Json::Array{}) cite(cited, one);
  for (const Opened& one : attempt.candidates) {
    if (auto candidate = wire::parse_json(one.text)) cite(cited, *candidate);
  }
  return cited;
}

bool is_stated(const std::vector<Statement>& stated, const Cited& cited) {
  return std::ranges::any_of(stated, [&](const Statement& one) {
    return one.kind == cited.kind && one.subject == cited.subject && to_base64(one.record) == cited.hash;
  });
}

bool discloses_all(const ReceiptAttempt& attempt) {
  auto all = candidates_of(attempt);
  return !all || all->size == attempt.candidates.size();
}

Result<> check_candidates(const ReceiptAttempt& attempt) {
  auto all = candidates_of(attempt);
  if (!all && !attempt.candidates.empty()) return wrong("The receipt has candidates of a decision that has none.");
  std::optional<std::uint64_t> last;
  for (const Opened& one : attempt.candidates) {
    if (last && one.index <= *last) return wrong("The receipt's candidates are not in their order.");
    last = one.index;
    if (!check_opened(one, *all))
      return wrong(std::format("The candidate {} is not the one that the decision was made on.", one.index + 1));
  }
  return {};
}

// Who passes on less than all candidates may leave out the policies too; nothing that is disclosed stands without its
// facts and terms.
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
  for (const Cited& cited : cited_by(attempt)) {
    if (is_stated(stated, cited)) continue;
    if (cited.kind == StatementKind::policies && !discloses_all(attempt)) continue;
    return wrong(std::format("The decision went by {} that the receipt does not have.", cited.name));
  }
  return {};
}

Result<> check_attempt(const ReceiptAttempt& attempt, const std::string& request) {
  TRY_ASSIGN(Entry intent, check_entry(attempt.intent, "intent"));
  if (intent.kind == EntryKind::outcome) return wrong("What stands for an intent is none.");
  if (said(attempt.intent, "request") != request)
    return wrong(std::format("The attempt {} belongs to another request.", intent.attempt));
  TRY(check_candidates(attempt));
  TRY(check_statements(attempt, intent));
  if (!attempt.outcome) return {};
  if (intent.kind == EntryKind::refusal) return wrong("What was refused has no outcome.");
  TRY_ASSIGN(Entry outcome, check_entry(*attempt.outcome, "outcome"));
  if (outcome.kind != EntryKind::outcome || outcome.attempt != intent.attempt || outcome.lane != intent.lane ||
      outcome.number != intent.number)
    return wrong(std::format("What stands for the outcome of {} is not its outcome.", intent.attempt));
  if (attempt.outcome->index <= attempt.intent.index)
    return wrong(std::format("The outcome of {} stands before its intent.", intent.attempt));
  return {};
}

// A time of RFC 3339 as to_rfc3339() writes it, less some seconds.
std::string earlier(const std::string& at, std::chrono::seconds by) {
  std::istringstream in(at);
  Instant instant{};
  in >> std::chrono::parse("%FT%TZ", instant);
  return to_rfc3339(instant - by);
}

// The time by which, from the text of the promise; empty: it has none.
std::string time_in(std::string_view promise) {
  std::string_view last = promise;
  if (last.ends_with('\n')) last.remove_suffix(1);
  last = last.substr(last.rfind('\n') + 1);
  constexpr std::string_view by = "by ";
  std::string at(last.starts_with(by) ? last.substr(by.size()) : "");
  return earlier(at, std::chrono::seconds(0)) == at ? at : "";
}

std::string line_of(const ReceiptEntry& entry) {
  return std::format("{} {}\n", entry.index, to_base64(hash_entry(entry.entry)));
}

std::string begin_promise(std::string_view header, std::string_view origin, const Receipt& receipt) {
  return std::format("{}\n{}\n{}\n", header, origin, receipt.request);
}

constexpr std::string_view stated_line = "stated ";

// A promise without the lines of its statements, and those apart.
struct PromiseRead {
  std::string rest;
  std::vector<std::string> stated;
};

PromiseRead read_promise(std::string_view promise) {
  PromiseRead read;
  while (auto line = take_line(promise)) {
    if (line->starts_with(stated_line)) {
      read.stated.emplace_back(std::string(line->substr(stated_line.size())) + "\n");
    } else {
      read.rest += std::string(*line) + "\n";
    }
  }
  return read;
}

// Whether it is for the receipt's entries: for each intent and outcome and no others, and for each statement that the
// receipt has.
bool promises(std::string_view promise, const Receipt& receipt, std::string_view origin, std::string_view by) {
  if (promise.starts_with(first_header)) {
    std::string expected = begin_promise(first_header, origin, receipt);
    for (const ReceiptEntry* entry : entries_of(receipt)) expected += line_of(*entry);
    return promise == expected + std::format("by {}\n", by);
  }
  std::string expected = begin_promise(promise_header, origin, receipt);
  PromiseRead read = read_promise(promise);
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    expected += line_of(attempt.intent);
    if (attempt.outcome) expected += line_of(*attempt.outcome);
    for (const ReceiptEntry& one : attempt.stated) {
      if (!std::ranges::contains(read.stated, line_of(one))) return false;
    }
  }
  return read.rest == expected + std::format("by {}\n", by);
}

}  // namespace

std::string promise_text(const Receipt& receipt, std::string_view origin, Instant by) {
  std::string text = begin_promise(promise_header, origin, receipt);
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    text += line_of(attempt.intent);
    if (attempt.outcome) text += line_of(*attempt.outcome);
    for (const ReceiptEntry& one : attempt.stated) text += std::string(stated_line) + line_of(one);
  }
  return text + std::format("by {}\n", to_rfc3339(by));
}

std::optional<Tree> candidates_of(const ReceiptAttempt& attempt) {
  auto record = wire::parse_json(attempt.intent.record);
  const Json* decision = record ? record->find("decision") : nullptr;
  const Json* candidates = decision ? decision->find("candidates") : nullptr;
  const std::int64_t* count = candidates ? candidates->integer("count") : nullptr;
  const std::string* root = candidates ? candidates->text("root") : nullptr;
  auto hash = root ? parse_hash(*root) : std::nullopt;
  if (!count || *count < 0 || !hash) return std::nullopt;
  return Tree{.size = static_cast<std::uint64_t>(*count), .root = *hash};
}

const std::string* stated_text(const ReceiptAttempt& attempt, StatementKind kind, std::string_view deployment,
                               std::string_view hash) {
  Digest subject = subject_named(deployment);
  for (const ReceiptEntry& one : attempt.stated) {
    auto statement = parse_statement(one.entry);
    if (statement && statement->kind == kind && statement->subject == subject && to_base64(statement->record) == hash)
      return &one.record;
  }
  return nullptr;
}

Result<Receipt> disclose_only(Receipt receipt, const std::vector<std::string>& deployments, PolicyTexts policies) {
  std::vector<std::string> found, known;
  for (ReceiptAttempt& attempt : receipt.attempts) {
    if (!candidates_of(attempt))
      return wrong("The receipt is from before candidates could be disclosed alone: its records have all of them.");
    std::erase_if(attempt.candidates, [&](const Opened& one) {
      auto candidate = wire::parse_json(one.text);
      const std::string* name = candidate ? candidate->text("deployment") : nullptr;
      if (name) known.push_back(*name);
      if (!name || !std::ranges::contains(deployments, *name)) return true;
      found.push_back(*name);
      return false;
    });
    std::vector<Cited> cited = cited_by(attempt);
    if (policies == PolicyTexts::left_out)
      std::erase_if(cited, [](const Cited& one) { return one.kind == StatementKind::policies; });
    std::erase_if(attempt.stated, [&](const ReceiptEntry& one) {
      auto statement = parse_statement(one.entry);
      return !statement || std::ranges::none_of(cited, [&](const Cited& it) { return is_stated({*statement}, it); });
    });
  }
  std::ranges::sort(known);
  known.erase(std::ranges::unique(known).begin(), known.end());
  for (const std::string& name : deployments) {
    if (std::ranges::contains(found, name)) continue;
    std::string all;
    for (const std::string& one : known) all += (all.empty() ? "" : ", ") + one;
    return wrong(std::format("The receipt discloses no candidate '{}'; it has {}.", name, all.empty() ? "none" : all));
  }
  return receipt;
}

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, const NoteVerifier& log, Instant now) {
  if (receipt.attempts.empty()) return wrong("The receipt has no attempt.");
  for (const ReceiptAttempt& attempt : receipt.attempts) TRY(check_attempt(attempt, receipt.request));
  TRY_ASSIGN(std::string promise, open_note(receipt.promise, {&log, 1}));
  ReceiptVerdict verdict{.promised_by = time_in(promise)};
  if (verdict.promised_by.empty()) return wrong("The log's promise does not say by when.");
  if (!promises(promise, receipt, log.name(), verdict.promised_by))
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
  if (!receipt.cose.empty()) TRY(check_root(receipt.cose, checkpoint.tree.root, log));
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
      if (kind_of_line(text) != LineKind::statement) continue;
      TRY_ASSIGN(Statement statement, parse_statement(text));
      if (statement.at <= before) newest.insert_or_assign({statement.kind, statement.subject}, statement);
    }
    for (const Cited& cited : cited_by(attempt)) {
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
