#include "audit/note.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr char ed25519_type = 1;
constexpr std::string_view private_prefix = "PRIVATE+KEY+";
constexpr std::string_view dash = "\u2014 ";
constexpr std::size_t most_signatures = 64;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

struct KeyText {
  std::string name;
  std::string hash;  // hexadecimal
  std::array<std::uint8_t, 32> bytes{};
};

// "NAME+HASH+BASE64", where the base64 holds the type and 32 bytes.
Result<KeyText> split_key(std::string_view text) {
  auto first = text.find('+');
  auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return wrong("A key is written as NAME+HASH+BASE64.");
  KeyText key{.name = std::string(text.substr(0, first)),
              .hash = std::string(text.substr(first + 1, second - first - 1)),
              .bytes = {}};
  TRY(check_key_name(key.name));
  auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->size() != 33)
    return wrong(std::format("The key {} does not hold 33 bytes in base64.", key.name));
  if ((*bytes)[0] != ed25519_type) return wrong(std::format("The key {} is not one of Ed25519.", key.name));
  std::copy(bytes->begin() + 1, bytes->end(), key.bytes.begin());
  return key;
}

std::string hex_id(const NoteVerifier& verifier) { return to_hex(as_bytes(verifier.key_id())); }

std::string key_base64(std::span<const std::uint8_t> key) {
  std::string bytes(1, ed25519_type);
  return to_base64(as_bytes(bytes.append(as_text(key))));
}

Result<> check_hash(const KeyText& key, const NoteVerifier& verifier) {
  if (key.hash == hex_id(verifier)) return {};
  return wrong(std::format("The key {} does not fit its own hash {}: a character is wrong.", key.name, key.hash));
}

}  // namespace

Result<> check_key_name(std::string_view name) {
  bool good = !name.empty() && find_invalid_utf8(name) == std::string_view::npos &&
              std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '+'; });
  if (good) return {};
  return wrong(std::format(
      "'{}' cannot name a key: write a name without spaces and plus signs, such as example.org/log.", shortened(name)));
}

NoteVerifier::NoteVerifier(std::string name, const PublicKey& key) : name_(std::move(name)), key_(key) {}

Result<NoteVerifier> NoteVerifier::parse(std::string_view text) {
  TRY_ASSIGN(KeyText key, split_key(text));
  NoteVerifier verifier(key.name, key.bytes);
  TRY(check_hash(key, verifier));
  return verifier;
}

std::string NoteVerifier::key_id() const {
  Digest hash = sha256(std::format("{}\n{}{}", name_, ed25519_type, as_text(key_)));
  return std::string(as_text(hash).substr(0, 4));
}

std::string NoteVerifier::text() const { return std::format("{}+{}+{}", name_, hex_id(*this), key_base64(key_)); }

NoteSigner::NoteSigner(std::string name, const Seed& seed) : name_(std::move(name)), seed_(seed), key_(seed) {}

Result<NoteSigner> NoteSigner::parse(std::string_view text) {
  if (!text.starts_with(private_prefix)) return wrong("A signing key is written as PRIVATE+KEY+NAME+HASH+BASE64.");
  TRY_ASSIGN(KeyText key, split_key(text.substr(private_prefix.size())));
  NoteSigner signer(key.name, key.bytes);
  TRY(check_hash(key, signer.verifier()));
  return signer;
}

std::string NoteSigner::private_text() const {
  return std::format("{}{}+{}+{}", private_prefix, name_, hex_id(verifier()), key_base64(seed_));
}

std::string NoteSigner::sign(std::string_view text) const {
  std::string signature = verifier().key_id() + key_.sign(text);
  return std::format("{}\n{}{} {}\n", text, dash, name_, to_base64(as_bytes(signature)));
}

Result<std::string> open_note(std::string_view note, std::span<const NoteVerifier> known) {
  bool clean = find_invalid_utf8(note) == std::string_view::npos &&
               std::ranges::none_of(note, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; });
  auto blank = note.rfind("\n\n");
  if (!clean || blank == std::string_view::npos || !note.ends_with('\n'))
    return wrong("This is not a signed note: a text, a blank line and lines of signatures.");
  std::string_view text = note.substr(0, blank + 1), lines = note.substr(blank + 2);
  bool signed_by_known = false;
  for (std::size_t count = 0; !lines.empty(); ++count) {
    auto end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    auto space = line.rfind(' ');
    if (count == most_signatures || !line.starts_with(dash) || space < dash.size() || space == std::string_view::npos)
      return wrong("A signature line of the note is not one: it begins with a dash, a name and base64.");
    std::string_view name = line.substr(dash.size(), space - dash.size());
    auto signature = from_base64(line.substr(space + 1));
    if (!signature || signature->size() < 5) return wrong("A signature of the note is not base64.");
    for (const NoteVerifier& verifier : known) {
      if (verifier.name() != name || !signature->starts_with(verifier.key_id())) continue;
      if (!verify_ed25519(verifier.key(), text, std::string_view(*signature).substr(4)))
        return wrong(std::format("The signature of {} does not fit the text.", name));
      signed_by_known = true;
    }
  }
  if (!signed_by_known) return wrong("The note is not signed by a key that is known here.");
  return std::string(text);
}

}  // namespace entente::audit
