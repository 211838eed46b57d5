#include "audit/keys/note_key.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "audit/keys/mldsa.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::string_view private_prefix = "PRIVATE+KEY+";

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

struct KeyText {
  std::string name;
  std::string hash;  // hexadecimal
  KeyType type = KeyType::note;
  std::string bytes;
};

std::string_view kind(std::initializer_list<KeyType> types) {
  if (std::ranges::contains(types, KeyType::note)) return "a log's key of Ed25519";
  if (types.size() > 1) return "a witness's key, of Ed25519 (cosignature/v1) or ML-DSA-44 (subtree/v1)";
  return *types.begin() == KeyType::subtree ? "a witness's key of ML-DSA-44 (subtree/v1)"
                                            : "a witness's key of Ed25519 (cosignature/v1)";
}

std::size_t public_bytes(KeyType type) {
  return type == KeyType::subtree ? std::tuple_size_v<MldsaPublicKey> : std::tuple_size_v<PublicKey>;
}

std::size_t seed_bytes(KeyType) { return std::tuple_size_v<Seed>; }

// "NAME+HASH+BASE64", where the base64 holds the type and as many bytes as it has.
Result<KeyText> split_key(std::string_view text, std::initializer_list<KeyType> types,
                          std::size_t (*size_of)(KeyType)) {
  if (find_invalid_utf8(text) != std::string_view::npos) return wrong("A key is written in UTF-8.");
  auto first = text.find('+');
  auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return wrong("A key is written as NAME+HASH+BASE64.");
  KeyText key{.name = std::string(text.substr(0, first)),
              .hash = std::string(text.substr(first + 1, second - first - 1)),
              .bytes = {}};
  TRY(check_key_name(key.name));
  auto bytes = from_base64(text.substr(second + 1));
  if (!bytes || bytes->empty()) return wrong(std::format("The key {} does not hold bytes in base64.", key.name));
  const auto* type = std::ranges::find(types, static_cast<std::uint8_t>(bytes->front()),
                                       [](KeyType t) { return std::to_underlying(t); });
  if (type == types.end()) return wrong(std::format("The key {} is not {}.", key.name, kind(types)));
  key.type = *type;
  if (std::size_t size = 1 + size_of(key.type); bytes->size() != size)
    return wrong(std::format("The key {} does not hold {} bytes in base64.", key.name, size));
  if (key.type == KeyType::subtree && key.name.size() > longest_signed_name)
    return wrong(std::format("'{}…' cannot name a key of ML-DSA-44: it has more than {} bytes.", shortened(key.name),
                             longest_signed_name));
  key.bytes = bytes->substr(1);
  return key;
}

// Of the public key that a seed has.
std::string public_key_of(KeyType type, const Seed& seed) {
  return type == KeyType::subtree ? std::string(as_text(MldsaKey(seed).public_key()))
                                  : std::string(as_text(SigningKey(seed).public_key()));
}

std::string hex_id(std::string_view name, KeyType type, std::string_view key) {
  return to_hex(as_bytes(key_id(name, type, as_bytes(key))));
}

std::string key_base64(KeyType type, std::string_view key) {
  std::string bytes(1, static_cast<char>(type));
  return to_base64(as_bytes(bytes.append(key)));
}

Result<> check_hash(const KeyText& text, std::string_view key) {
  if (text.hash == hex_id(text.name, text.type, key)) return {};
  return wrong(
      std::format("The key {} does not fit its own hash {}: a character is wrong.", text.name, shortened(text.hash)));
}

}  // namespace

Result<> check_key_name(std::string_view name) {
  if (find_invalid_utf8(name) != std::string_view::npos) return wrong("A key's name is written in UTF-8.");
  bool good = !name.empty() &&
              std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '+'; });
  if (good) return {};
  return wrong(std::format(
      "'{}' cannot name a key: write a name without spaces and plus signs, such as example.org/log.", shortened(name)));
}

Result<NamedKey> parse_public_key(std::string_view text, std::initializer_list<KeyType> types) {
  TRY_ASSIGN(KeyText key, split_key(text, types, public_bytes));
  TRY(check_hash(key, key.bytes));
  return NamedKey{.name = std::move(key.name), .type = key.type, .bytes = std::move(key.bytes)};
}

Result<NamedSeed> parse_private_key(std::string_view text, KeyType type) {
  if (!text.starts_with(private_prefix)) return wrong("A signing key is written as PRIVATE+KEY+NAME+HASH+BASE64.");
  TRY_ASSIGN(KeyText key, split_key(text.substr(private_prefix.size()), {type}, seed_bytes));
  NamedSeed named{.name = key.name, .seed = {}};
  std::ranges::copy(as_bytes(key.bytes), named.seed.begin());
  TRY(check_hash(key, public_key_of(type, named.seed)));
  return named;
}

std::string public_key_text(std::string_view name, KeyType type, std::span<const std::uint8_t> key) {
  return std::format("{}+{}+{}", name, hex_id(name, type, as_text(key)), key_base64(type, as_text(key)));
}

std::string private_key_text(std::string_view name, KeyType type, const Seed& seed) {
  return std::format("{}{}+{}+{}", private_prefix, name, hex_id(name, type, public_key_of(type, seed)),
                     key_base64(type, as_text(seed)));
}

std::string key_id(std::string_view name, KeyType type, std::span<const std::uint8_t> key) {
  Digest hash = sha256(std::format("{}\n{}{}", name, static_cast<char>(type), as_text(key)));
  return std::string(as_text(hash).substr(0, 4));
}

}  // namespace entente::audit
