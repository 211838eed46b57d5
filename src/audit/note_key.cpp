#include "audit/note_key.hpp"

#include <algorithm>
#include <format>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::string_view private_prefix = "PRIVATE+KEY+";

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

struct KeyText {
  std::string name;
  std::string hash;  // hexadecimal
  std::array<std::uint8_t, 32> bytes{};
};

std::string_view kind(KeyType type) {
  return type == KeyType::note ? "a log's key of Ed25519" : "a witness's key of Ed25519 (cosignature/v1)";
}

// "NAME+HASH+BASE64", where the base64 holds the type and 32 bytes.
Result<KeyText> split_key(std::string_view text, KeyType type) {
  auto first = text.find('+');
  auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return wrong("A key is written as NAME+HASH+BASE64.");
  KeyText key{.name = std::string(text.substr(0, first)),
              .hash = std::string(text.substr(first + 1, second - first - 1)),
              .bytes = {}};
  TRY(check_key_name(key.name));
  auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->empty()) return wrong(std::format("The key {} does not hold bytes in base64.", key.name));
  if (static_cast<std::uint8_t>(bytes->front()) != std::to_underlying(type))
    return wrong(std::format("The key {} is not {}.", key.name, kind(type)));
  if (bytes->size() != 33) return wrong(std::format("The key {} does not hold 33 bytes in base64.", key.name));
  std::copy(bytes->begin() + 1, bytes->end(), key.bytes.begin());
  return key;
}

std::string hex_id(std::string_view name, KeyType type, const PublicKey& key) {
  return to_hex(as_bytes(key_id(name, type, key)));
}

std::string key_base64(KeyType type, std::span<const std::uint8_t> key) {
  std::string bytes(1, static_cast<char>(type));
  return to_base64(as_bytes(bytes.append(as_text(key))));
}

Result<> check_hash(const KeyText& text, KeyType type, const PublicKey& key) {
  if (text.hash == hex_id(text.name, type, key)) return {};
  return wrong(
      std::format("The key {} does not fit its own hash {}: a character is wrong.", text.name, shortened(text.hash)));
}

}  // namespace

Result<> check_key_name(std::string_view name) {
  bool good = !name.empty() && find_invalid_utf8(name) == std::string_view::npos &&
              std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '+'; });
  if (good) return {};
  return wrong(std::format(
      "'{}' cannot name a key: write a name without spaces and plus signs, such as example.org/log.", shortened(name)));
}

Result<NamedKey> parse_public_key(std::string_view text, KeyType type) {
  TRY_ASSIGN(KeyText key, split_key(text, type));
  TRY(check_hash(key, type, key.bytes));
  return NamedKey{.name = std::move(key.name), .key = key.bytes};
}

Result<NamedSeed> parse_private_key(std::string_view text, KeyType type) {
  if (!text.starts_with(private_prefix)) return wrong("A signing key is written as PRIVATE+KEY+NAME+HASH+BASE64.");
  TRY_ASSIGN(KeyText key, split_key(text.substr(private_prefix.size()), type));
  TRY(check_hash(key, type, SigningKey(key.bytes).public_key()));
  return NamedSeed{.name = std::move(key.name), .seed = key.bytes};
}

std::string public_key_text(std::string_view name, KeyType type, const PublicKey& key) {
  return std::format("{}+{}+{}", name, hex_id(name, type, key), key_base64(type, key));
}

std::string private_key_text(std::string_view name, KeyType type, const Seed& seed) {
  return std::format("{}{}+{}+{}", private_prefix, name, hex_id(name, type, SigningKey(seed).public_key()),
                     key_base64(type, seed));
}

std::string key_id(std::string_view name, KeyType type, const PublicKey& key) {
  Digest hash = sha256(std::format("{}\n{}{}", name, static_cast<char>(type), as_text(key)));
  return std::string(as_text(hash).substr(0, 4));
}

}  // namespace entente::audit
