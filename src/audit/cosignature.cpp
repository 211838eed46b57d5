#include "audit/cosignature.hpp"

#include <cstdint>
#include <format>
#include <utility>

namespace entente::audit {

namespace {

constexpr std::size_t id_bytes = 4, time_bytes = 8, signature_bytes = 64;

std::string signed_text(std::string_view text, std::int64_t seconds) {
  return std::format("cosignature/v1\ntime {}\n{}", seconds, text);
}

std::string big_endian(std::int64_t number) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>((static_cast<std::uint64_t>(number) >> shift) & 0xff);
  return out;
}

// None: beyond what the specification allows.
std::optional<std::int64_t> read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  if (number == 0 || !std::in_range<std::int64_t>(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::int64_t> seconds_of(const NoteSignature& signature) {
  if (signature.bytes.size() != id_bytes + time_bytes + signature_bytes) return std::nullopt;
  return read_big_endian(std::string_view(signature.bytes).substr(id_bytes, time_bytes));
}

std::chrono::sys_seconds at(std::int64_t seconds) { return std::chrono::sys_seconds(std::chrono::seconds(seconds)); }

}  // namespace

CosignatureVerifier::CosignatureVerifier(std::string name, const PublicKey& key) : name_(std::move(name)), key_(key) {}

Result<CosignatureVerifier> CosignatureVerifier::parse(std::string_view text) {
  TRY_ASSIGN(NamedKey key, parse_public_key(text, KeyType::cosignature));
  return CosignatureVerifier(std::move(key.name), key.key);
}

std::string CosignatureVerifier::text() const { return public_key_text(name_, KeyType::cosignature, key_); }

std::string CosignatureVerifier::key_id() const { return audit::key_id(name_, KeyType::cosignature, key_); }

Result<std::optional<std::chrono::sys_seconds>> CosignatureVerifier::time_of(const NoteSignature& signature,
                                                                             std::string_view text) const {
  if (!signature.is_of(name_, key_id())) return std::nullopt;
  auto seconds = seconds_of(signature);
  if (!seconds || !verify_ed25519(key_, signed_text(text, *seconds),
                                  std::string_view(signature.bytes).substr(id_bytes + time_bytes)))
    return fail(ErrorCode::invalid_request, std::format("The cosignature of {} does not fit the checkpoint.", name_));
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
  return signature_line(name_, verifier().key_id(), big_endian(seconds) + key_.sign(signed_text(text, seconds)));
}

std::optional<std::chrono::sys_seconds> stated_time(const NoteSignature& signature) {
  auto seconds = seconds_of(signature);
  return seconds ? std::optional(at(*seconds)) : std::nullopt;
}

}  // namespace entente::audit
