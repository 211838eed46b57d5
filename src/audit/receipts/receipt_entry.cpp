#include "audit/receipts/receipt_entry.hpp"

#include "base/encoding.hpp"

namespace entente::audit {

void write_proof(wire::JsonWriter& json, const Proof& proof) {
  json.key("proof").begin_array();
  for (const Digest& hash : proof) json.string(to_base64(hash));
  json.end_array();
}

void write_entry(wire::JsonWriter& json, std::string_view name, const ReceiptEntry& entry, Salted salted) {
  json.key(name).raw(entry.entry).key("index").number(entry.index);
  write_proof(json, entry.proof);
  json.key("record").raw(entry.record);
  if (salted == Salted::yes) json.key("salt").string(to_base64(entry.salt));
}

Result<ReceiptEntry> read_entry(const Members& members, std::string_view name, Salted salted) {
  ReceiptEntry entry;
  TRY_ASSIGN(entry.index, members.index("index"));
  TRY_ASSIGN(entry.entry, members.canonical(name));
  TRY_ASSIGN(entry.record, members.canonical("record"));
  if (salted == Salted::yes) {
    TRY_ASSIGN(entry.salt, members.digest("salt"));
  }
  TRY_ASSIGN(entry.proof, members.digests("proof"));
  return entry;
}

}  // namespace entente::audit
