#include "audit/receipt.hpp"

#include <format>

#include "audit/canonical_json.hpp"
#include "audit/lines.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::int64_t version = 1;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

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

void write_opened(wire::JsonWriter& json, const Opened& opened) {
  json.begin_object().key("candidate").raw(opened.text);
  json.key("index").number(static_cast<std::int64_t>(opened.index)).key("proof").begin_array();
  for (const Digest& hash : opened.proof) json.string(to_base64(hash));
  json.end_array().key("salt").string(to_base64(opened.salt)).end_object();
}

Result<Proof> proof_of(const Json::Array& lines) {
  Proof proof;
  for (const Json& line : lines) {
    const auto* text = line.as<std::string>();
    TRY_ASSIGN(Digest hash, bytes_of(text ? *text : ""));
    proof.push_back(hash);
  }
  return proof;
}

enum class Salted { yes, no };

Result<ReceiptEntry> entry_of(const Json& json, Salted salted) {
  const std::int64_t* index = json.integer("index");
  const Json* entry = json.find("entry");
  const Json* record = json.find("record");
  const Json::Array* proof = json.array("proof");
  if (!index || *index < 0 || !entry || !record || !proof)
    return wrong("This is no receipt: an entry lacks its index, entry, record or proof.");
  ReceiptEntry out{.index = *index};
  TRY_ASSIGN(out.entry, canonical_json(*entry));
  TRY_ASSIGN(out.record, canonical_json(*record));
  if (salted == Salted::yes) {
    TRY_ASSIGN(std::string salt, text_of(json, "salt"));
    TRY_ASSIGN(out.salt, bytes_of(salt));
  }
  TRY_ASSIGN(out.proof, proof_of(*proof));
  return out;
}

Result<Opened> opened_of(const Json& json) {
  const std::int64_t* index = json.integer("index");
  const Json* candidate = json.find("candidate");
  const Json::Array* proof = json.array("proof");
  if (!index || *index < 0 || !candidate || !proof)
    return wrong("This is no receipt: a candidate lacks its index, text or proof.");
  Opened out{.index = static_cast<std::uint64_t>(*index)};
  TRY_ASSIGN(out.text, canonical_json(*candidate));
  TRY_ASSIGN(std::string salt, text_of(json, "salt"));
  TRY_ASSIGN(out.salt, bytes_of(salt));
  TRY_ASSIGN(out.proof, proof_of(*proof));
  return out;
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
  json.key("promise").string(receipt.promise).key("checkpoint").string(receipt.checkpoint);
  if (!receipt.cose.empty()) json.key("cose").string(to_base64(as_bytes(receipt.cose)));
  json.end_object();
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
  if (const std::string* cose = json.text("cose")) {
    auto signature = from_base64(*cose);
    if (!signature) return wrong("This is no receipt: 'cose' is not in base64.");
    receipt.cose = *std::move(signature);
  }
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
    const Json::Array* candidates = one.array("candidates");  // nor did they have these
    if (!candidates && candidates_of(attempt)) return wrong("This is no receipt: 'candidates' is missing.");
    for (const Json& candidate : candidates ? *candidates : Json::Array{}) {
      TRY_ASSIGN(Opened opened, opened_of(candidate));
      attempt.candidates.push_back(std::move(opened));
    }
    receipt.attempts.push_back(std::move(attempt));
  }
  return receipt;
}

}  // namespace entente::audit
