#include "audit/receipts/receipt.hpp"

#include <format>

#include "audit/forms/members.hpp"
#include "audit/receipts/receipt_entry.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::int64_t version = 1;

constexpr std::string_view what = "receipt";

void write_object(wire::JsonWriter& json, const ReceiptEntry& entry, Salted salted) {
  json.begin_object();
  write_entry(json, "entry", entry, salted);
  json.end_object();
}

Result<ReceiptEntry> entry_of(const Json& json, Salted salted) {
  return read_entry(Members(json, what), "entry", salted);
}

void write_opened(wire::JsonWriter& json, const Opened& opened) {
  json.begin_object().key("candidate").raw(opened.text);
  json.key("index").number(static_cast<std::int64_t>(opened.index));
  write_proof(json, opened.proof);
  json.key("salt").string(to_base64(opened.salt)).end_object();
}

Result<Opened> opened_of(const Json& json) {
  Members members(json, what);
  Opened opened;
  TRY_ASSIGN(std::int64_t index, members.index("index"));
  opened.index = static_cast<std::uint64_t>(index);
  TRY_ASSIGN(opened.text, members.canonical("candidate"));
  TRY_ASSIGN(opened.salt, members.digest("salt"));
  TRY_ASSIGN(opened.proof, members.digests("proof"));
  return opened;
}

}  // namespace

std::string receipt_text(const Receipt& receipt) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("version").number(version).key("request").string(receipt.request);
  json.key("attempts").begin_array();
  for (const ReceiptAttempt& attempt : receipt.attempts) {
    json.begin_object().key("candidates").begin_array();
    for (const Opened& one : attempt.candidates) write_opened(json, one);
    json.end_array().key("intent");
    write_object(json, attempt.intent, Salted::yes);
    json.key("outcome");
    if (attempt.outcome) {
      write_object(json, *attempt.outcome, Salted::yes);
    } else {
      json.null();
    }
    json.key("stated").begin_array();
    for (const ReceiptEntry& one : attempt.stated) write_object(json, one, Salted::no);
    json.end_array().end_object();
  }
  json.end_array();
  json.key("promise").string(receipt.promise).key("checkpoint").string(receipt.checkpoint);
  if (!receipt.cose.empty()) json.key("cose").string(to_base64(as_bytes(receipt.cose)));
  json.end_object();
  return out;
}

Result<Receipt> parse_receipt(std::string_view text) {
  TRY_ASSIGN(Json json, wire::parse_json(text));
  Members members(json, what);
  TRY_ASSIGN(std::int64_t written, members.number("version"));
  if (written != version)
    return fail(ErrorCode::invalid_request,
                std::format("This receipt is of version {}, which this Entente does not know.", written));
  Receipt receipt;
  TRY_ASSIGN(receipt.request, members.text("request"));
  TRY_ASSIGN(receipt.promise, members.text("promise"));
  TRY_ASSIGN(receipt.checkpoint, members.text("checkpoint"));
  if (const std::string* cose = json.text("cose")) {
    auto signature = from_base64(*cose);
    if (!signature) return is_no(what, "'cose' is not in base64");
    receipt.cose = *std::move(signature);
  }
  TRY_ASSIGN(const Json::Array* attempts, members.array("attempts"));
  for (const Json& one : *attempts) {
    const Json* intent = one.find("intent");
    const Json* outcome = one.find("outcome");
    if (!intent || !outcome) return is_no(what, "an attempt lacks its intent or outcome");
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
    const Json::Array* candidates = one.array("candidates");  // nor did they have these
    if (!candidates && candidates_of(attempt)) return is_no(what, "'candidates' is missing");
    for (const Json& candidate : candidates ? *candidates : Json::Array{}) {
      TRY_ASSIGN(Opened opened, opened_of(candidate));
      attempt.candidates.push_back(std::move(opened));
    }
    receipt.attempts.push_back(std::move(attempt));
  }
  return receipt;
}

}  // namespace entente::audit
