#include "audit/keys/note.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::string_view dash = "\u2014 ";
constexpr std::size_t most_signatures = 64;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

}  // namespace

Result<NoteParts> split_note(std::string_view note) {
  bool clean = find_invalid_utf8(note) == std::string_view::npos &&
               std::ranges::none_of(note, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; });
  auto blank = note.rfind("\n\n");
  if (!clean || blank == std::string_view::npos || !note.ends_with('\n'))
    return wrong("This is not a signed note: a text, a blank line and lines of signatures.");
  NoteParts parts{.text = std::string(note.substr(0, blank + 1)), .signatures = {}};
  for (std::string_view lines = note.substr(blank + 2); !lines.empty();) {
    auto end = lines.find('\n');
    std::string_view line = lines.substr(0, end), whole = lines.substr(0, end + 1);
    lines.remove_prefix(end + 1);
    auto space = line.rfind(' ');
    if (parts.signatures.size() == most_signatures || !line.starts_with(dash) || space < dash.size() ||
        space == std::string_view::npos)
      return wrong("A signature line of the note is not one: it begins with a dash, a name and base64.");
    auto bytes = from_base64(line.substr(space + 1));
    if (!bytes || bytes->size() < 5) return wrong("A signature of the note is not base64.");
    parts.signatures.push_back({.name = std::string(line.substr(dash.size(), space - dash.size())),
                                .bytes = *std::move(bytes),
                                .line = std::string(whole)});
  }
  return parts;
}

NoteVerifier::NoteVerifier(std::string name, const PublicKey& key) : name_(std::move(name)), key_(key) {}

Result<NoteVerifier> NoteVerifier::parse(std::string_view text) {
  TRY_ASSIGN(NamedKey key, parse_public_key(text, {KeyType::note}));
  PublicKey bytes{};
  std::ranges::copy(as_bytes(key.bytes), bytes.begin());
  return NoteVerifier(std::move(key.name), bytes);
}

std::string NoteVerifier::key_id() const { return audit::key_id(name_, KeyType::note, key_); }

std::string NoteVerifier::text() const { return public_key_text(name_, KeyType::note, key_); }

Result<bool> NoteVerifier::has_made(const NoteSignature& signature, std::string_view text) const {
  if (!signature.is_of(name_, key_id())) return false;
  if (verify_ed25519(key_, text, std::string_view(signature.bytes).substr(4))) return true;
  return wrong(std::format("The signature of {} does not fit the text.", name_));
}

NoteSigner::NoteSigner(std::string name, const Seed& seed) : name_(std::move(name)), seed_(seed), key_(seed) {}

Result<NoteSigner> NoteSigner::parse(std::string_view text) {
  TRY_ASSIGN(NamedSeed key, parse_private_key(text, KeyType::note));
  return NoteSigner(std::move(key.name), key.seed);
}

std::string NoteSigner::private_text() const { return private_key_text(name_, KeyType::note, seed_); }

std::string NoteSigner::sign(std::string_view text) const {
  return std::format("{}\n{}", text, signature_line(name_, verifier().key_id(), key_.sign(text)));
}

std::string signature_line(std::string_view name, std::string_view key_id, std::string_view signature) {
  return std::format("{}{} {}\n", dash, name, to_base64(as_bytes(std::string(key_id).append(signature))));
}

Result<std::string> open_note(std::string_view note, std::span<const NoteVerifier> known) {
  TRY_ASSIGN(NoteParts parts, split_note(note));
  bool signed_by_known = false;
  for (const NoteSignature& signature : parts.signatures) {
    for (const NoteVerifier& verifier : known) {
      TRY_ASSIGN(bool made, verifier.has_made(signature, parts.text));
      signed_by_known = signed_by_known || made;
    }
  }
  if (!signed_by_known) return wrong("The note is not signed by a key that is known here.");
  return std::move(parts.text);
}

}  // namespace entente::audit
