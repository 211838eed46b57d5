#include "audit/receipts/held_entry.hpp"

#include <format>

#include "audit/forms/members.hpp"
#include "audit/receipts/receipt_entry.hpp"
#include "audit/tree/merkle.hpp"
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
  json.begin_object().key("checkpoint").string(held.checkpoint);
  write_entry(json, to_string(held.kind), held.entry, Salted::yes);
  json.end_object();
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
  Members members(json, to_string(*kind));
  HeldEntry held{.kind = *kind, .entry = {}, .checkpoint = {}};
  TRY_ASSIGN(held.entry, read_entry(members, to_string(*kind), Salted::yes));
  TRY_ASSIGN(held.checkpoint, members.text("checkpoint"));
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
