#include "audit/held_entry.hpp"

#include <format>

#include "audit/canonical_json.hpp"
#include "audit/lines.hpp"
#include "audit/merkle.hpp"
#include "base/encoding.hpp"
#include "wire/json.hpp"
#include "wire/json_writer.hpp"

namespace entente::audit {

namespace {

using wire::Json;

constexpr std::string_view names[] = {"act", "erasure", "head"};

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

std::optional<HeldKind> kind_of(const Json& json) {
  if (!json.find("checkpoint")) return std::nullopt;
  for (HeldKind kind : {HeldKind::act, HeldKind::erasure, HeldKind::head}) {
    if (json.find(to_string(kind))) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(HeldKind kind) { return names[static_cast<std::size_t>(kind)]; }

std::string held_text(const HeldEntry& held) {
  std::string out;
  wire::JsonWriter json(out);
  // Members in the canonical order.
  json.begin_object();
  if (held.kind == HeldKind::act) json.key(to_string(held.kind)).raw(held.entry.entry);
  json.key("checkpoint").string(held.checkpoint);
  if (held.kind != HeldKind::act) json.key(to_string(held.kind)).raw(held.entry.entry);
  json.key("index").number(held.entry.index).key("proof").begin_array();
  for (const Digest& hash : held.entry.proof) json.string(to_base64(hash));
  json.end_array().key("record").raw(held.entry.record).key("salt").string(to_base64(held.entry.salt)).end_object();
  return out;
}

std::optional<HeldKind> held_kind(std::string_view text) {
  auto json = wire::parse_json(text);
  return json ? kind_of(*json) : std::nullopt;
}

Result<HeldEntry> parse_held(std::string_view text) {
  TRY_ASSIGN(Json json, wire::parse_json(text));
  auto kind = kind_of(json);
  if (!kind) return wrong("This is neither the head of a day, nor an erasure, nor an act of the operator.");
  const std::int64_t* index = json.integer("index");
  const Json *entry = json.find(to_string(*kind)), *record = json.find("record");
  const std::string *checkpoint = json.text("checkpoint"), *salt = json.text("salt");
  const Json::Array* proof = json.array("proof");
  auto salted = salt ? parse_hash(*salt) : std::nullopt;
  if (!index || *index < 0 || !checkpoint || !record || !proof || !salted) {
    return wrong(
        std::format("This is no {} as the log gives it: 'checkpoint', 'index', 'proof', 'record' or 'salt' is missing.",
                    to_string(*kind)));
  }
  HeldEntry held{.kind = *kind, .entry = {.index = *index, .salt = *salted}, .checkpoint = *checkpoint};
  TRY_ASSIGN(held.entry.entry, canonical_json(*entry));
  TRY_ASSIGN(held.entry.record, canonical_json(*record));
  for (const Json& line : *proof) {
    const auto* hash = line.as<std::string>();
    auto digest = hash ? parse_hash(*hash) : std::nullopt;
    if (!digest) return wrong("Its proof has something that is no hash.");
    held.entry.proof.push_back(*digest);
  }
  return held;
}

Result<> check_held(const HeldEntry& held, HeldKind is, const Digest& commitment, const NoteVerifier& log) {
  if (held.kind != is)
    return wrong(std::format("The log's entry is another thing than it is held as: {}, not {}.", to_string(is),
                             to_string(held.kind)));
  if (commitment != commitment_to(held.entry.salt, held.entry.record))
    return wrong(std::format("The record is not the one that the log's entry {} commits to.", held.entry.index));
  TRY_ASSIGN(Checkpoint checkpoint, open_checkpoint(held.checkpoint, log));
  return check_inclusion(hash_entry(held.entry.entry), static_cast<std::uint64_t>(held.entry.index), checkpoint.tree,
                         held.entry.proof);
}

}  // namespace entente::audit
