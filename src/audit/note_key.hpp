// The keys of signed notes as text, the same in every kind of signature: "NAME+HASH+BASE64" for those who check,
// "PRIVATE+KEY+NAME+HASH+BASE64" for the one who signs; the base64 holds one byte for the kind and then the key (C2SP
// signed-note, "Verifier keys"). Two kinds of Ed25519 are known here: a log's (note.hpp) and a witness's
// (cosignature.hpp). Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <string>
#include <string_view>

#include "audit/ed25519.hpp"
#include "base/result.hpp"

namespace entente::audit {

// The number is the signature type of C2SP signed-note.
enum class KeyType : std::uint8_t { note = 1, cosignature = 4 };

// A name without spaces and plus signs, by best practice a URL without scheme: "example.org/entente".
Result<> check_key_name(std::string_view name);

struct NamedKey {
  std::string name;
  PublicKey key{};
};
struct NamedSeed {
  std::string name;
  Seed seed{};
};

Result<NamedKey> parse_public_key(std::string_view text, KeyType type);
Result<NamedSeed> parse_private_key(std::string_view text, KeyType type);

std::string public_key_text(std::string_view name, KeyType type, const PublicKey& key);
std::string private_key_text(std::string_view name, KeyType type, const Seed& seed);

// The four bytes that a signature's line begins with.
std::string key_id(std::string_view name, KeyType type, const PublicKey& key);

}  // namespace entente::audit
