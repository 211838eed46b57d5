// The keys of signed notes as text, the same in every kind of signature: "NAME+HASH+BASE64" for those who check,
// "PRIVATE+KEY+NAME+HASH+BASE64" for the one who signs; the base64 holds one byte for the kind and then the key, of the
// one who signs its seed (C2SP signed-note, "Verifier keys"). Three kinds are known here: a log's of Ed25519
// (note.hpp), and of those who cosign (cosignature.hpp) Ed25519 and ML-DSA-44. Pure, any thread. Failure:
// invalid_request with a sentence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "audit/keys/ed25519.hpp"
#include "base/result.hpp"

namespace entente::audit {

// The number is the signature type of C2SP signed-note: Ed25519, Ed25519 with a time, ML-DSA-44 with a time.
enum class KeyType : std::uint8_t { note = 1, cosignature = 4, subtree = 6 };

constexpr std::size_t longest_signed_name = 255;  // bytes: what ML-DSA-44 signs has its length in one

// A name without spaces and plus signs, by best practice a URL without scheme: "example.org/entente".
Result<> check_key_name(std::string_view name);

struct NamedKey {
  std::string name;
  KeyType type = KeyType::note;
  std::string bytes;  // of the public key, as many as its type has
};
struct NamedSeed {
  std::string name;
  Seed seed{};
};

// A key of one of these types.
Result<NamedKey> parse_public_key(std::string_view text, std::initializer_list<KeyType> types);
Result<NamedSeed> parse_private_key(std::string_view text, KeyType type);

std::string public_key_text(std::string_view name, KeyType type, std::span<const std::uint8_t> key);
std::string private_key_text(std::string_view name, KeyType type, const Seed& seed);

// The four bytes that a signature's line begins with.
std::string key_id(std::string_view name, KeyType type, std::span<const std::uint8_t> key);

}  // namespace entente::audit
