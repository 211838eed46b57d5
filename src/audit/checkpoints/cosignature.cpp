#include "audit/checkpoints/cosignature.hpp"

#include <algorithm>
#include <cstdint>
#include <format>
#include <utility>

#include "audit/checkpoints/checkpoint.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::size_t id_bytes = 4, time_bytes = 8;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

std::string big_endian(std::uint64_t number) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((number >> shift) & 0xff);
  return out;
}

std::string ed25519_message(std::string_view text, std::int64_t seconds) {
  return std::format("cosignature/v1\ntime {}\n{}", seconds, text);
}

// The structure cosigned_message of tlog-cosignature, of a whole tree.
Result<std::string> mldsa_message(std::string_view cosigner, std::string_view text, std::int64_t seconds) {
  TRY_ASSIGN(Checkpoint checkpoint, parse_checkpoint(text));
  if (checkpoint_text(checkpoint) != text)
    return wrong("The checkpoint has more than its three lines, which a signature of ML-DSA-44 does not vouch for.");
  if (std::max(cosigner.size(), checkpoint.origin.size()) > longest_signed_name)
    return wrong(std::format("ML-DSA-44 signs no name of more than {} bytes.", longest_signed_name));
  using namespace std::string_view_literals;
  std::string message("subtree/v1\n\0"sv);
  message.append(1, static_cast<char>(cosigner.size())).append(cosigner);
  message += big_endian(static_cast<std::uint64_t>(seconds));
  message.append(1, static_cast<char>(checkpoint.origin.size())).append(checkpoint.origin);
  message += big_endian(0) + big_endian(checkpoint.tree.size);
  return message.append(as_text(checkpoint.tree.root));
}

KeyType type_of(const CosignatureKey& key) {
  return std::holds_alternative<PublicKey>(key) ? KeyType::cosignature : KeyType::subtree;
}

std::span<const std::uint8_t> bytes_of(const CosignatureKey& key) {
  return std::visit([](const auto& bytes) { return std::span<const std::uint8_t>(bytes); }, key);
}

template <class Key>
CosignatureKey key_from(std::string_view bytes) {
  Key key{};
  std::ranges::copy(as_bytes(bytes), key.begin());
  return key;
}

// Of a signature that has so many bytes behind its time. None: it has not, or the time is none.
std::optional<std::int64_t> seconds_of(const NoteSignature& signature, std::size_t bytes) {
  if (signature.bytes.size() != id_bytes + time_bytes + bytes) return std::nullopt;
  std::uint64_t number = 0;
  for (char c : std::string_view(signature.bytes).substr(id_bytes, time_bytes))
    number = number << 8 | static_cast<unsigned char>(c);
  if (number == 0 || !std::in_range<std::int64_t>(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::chrono::sys_seconds at(std::int64_t seconds) { return std::chrono::sys_seconds(std::chrono::seconds(seconds)); }

}  // namespace

CosignatureVerifier::CosignatureVerifier(std::string name, const CosignatureKey& key)
    : name_(std::move(name)), key_(key), id_(audit::key_id(name_, type_of(key_), bytes_of(key_))) {}

Result<CosignatureVerifier> CosignatureVerifier::parse(std::string_view text) {
  TRY_ASSIGN(NamedKey key, parse_public_key(text, {KeyType::cosignature, KeyType::subtree}));
  return CosignatureVerifier(std::move(key.name), key.type == KeyType::subtree ? key_from<MldsaPublicKey>(key.bytes)
                                                                               : key_from<PublicKey>(key.bytes));
}

std::string CosignatureVerifier::text() const { return public_key_text(name_, type_of(key_), bytes_of(key_)); }

Result<std::optional<std::chrono::sys_seconds>> CosignatureVerifier::time_of(const NoteSignature& signature,
                                                                             std::string_view text) const {
  if (!signature.is_of(name_, id_)) return std::nullopt;
  const auto* mldsa = std::get_if<MldsaPublicKey>(&key_);
  auto seconds = seconds_of(signature, mldsa ? mldsa_signature_bytes : ed25519_signature_bytes);
  bool fits = false;
  if (seconds) {
    std::string_view made = std::string_view(signature.bytes).substr(id_bytes + time_bytes);
    if (mldsa) {
      TRY_ASSIGN(std::string message, mldsa_message(name_, text, *seconds));
      fits = verify_mldsa(*mldsa, message, made);
    } else {
      fits = verify_ed25519(std::get<PublicKey>(key_), ed25519_message(text, *seconds), made);
    }
  }
  if (!fits) return wrong(std::format("The cosignature of {} does not fit the checkpoint.", name_));
  return at(*seconds);
}

Cosigner::Cosigner(std::string name, const Seed& seed) : name_(std::move(name)), seed_(seed), key_(seed) {}

Result<Cosigner> Cosigner::parse(std::string_view text) {
  TRY_ASSIGN(NamedSeed key, parse_private_key(text, KeyType::cosignature));
  return Cosigner(std::move(key.name), key.seed);
}

std::string Cosigner::private_text() const { return private_key_text(name_, KeyType::cosignature, seed_); }

std::string Cosigner::cosign(std::string_view text, std::chrono::sys_seconds when) const {
  std::int64_t seconds = when.time_since_epoch().count();
  return signature_line(name_, verifier().key_id(),
                        big_endian(static_cast<std::uint64_t>(seconds)) + key_.sign(ed25519_message(text, seconds)));
}

MldsaCosigner::MldsaCosigner(std::string name, const Seed& seed)
    : seed_(seed), key_(seed), verifier_(std::move(name), key_.public_key()) {}

Result<MldsaCosigner> MldsaCosigner::parse(std::string_view text) {
  TRY_ASSIGN(NamedSeed key, parse_private_key(text, KeyType::subtree));
  return MldsaCosigner(std::move(key.name), key.seed);
}

std::string MldsaCosigner::private_text() const { return private_key_text(verifier_.name(), KeyType::subtree, seed_); }

Result<std::string> MldsaCosigner::cosign(std::string_view text, std::chrono::sys_seconds when) const {
  std::int64_t seconds = when.time_since_epoch().count();
  if (seconds <= 0) return wrong("A cosignature has a time, in seconds since 1970.");
  TRY_ASSIGN(std::string message, mldsa_message(verifier_.name(), text, seconds));
  return signature_line(verifier_.name(), verifier_.key_id(),
                        big_endian(static_cast<std::uint64_t>(seconds)) + key_.sign(message));
}

std::optional<std::chrono::sys_seconds> stated_time(const NoteSignature& signature) {
  for (std::size_t bytes : {ed25519_signature_bytes, mldsa_signature_bytes}) {
    if (auto seconds = seconds_of(signature, bytes)) return at(*seconds);
  }
  return std::nullopt;
}

}  // namespace entente::audit
