#include "audit/receipts/cose.hpp"

#include <algorithm>

#include "audit/forms/cbor.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

// Of the registries of COSE (IANA): header parameters, algorithms, and what they hold here.
constexpr std::int64_t alg = 1, kid = 4, cwt_claims = 15, vds = 395, vdp = 396;
constexpr std::int64_t ed25519 = -19;       // RFC 9864
constexpr std::int64_t issuer = 1;          // a claim (RFC 8392)
constexpr std::int64_t rfc9162_sha256 = 1;  // a verifiable data structure
constexpr std::int64_t inclusion_proofs = -1;
constexpr std::uint64_t cose_sign1 = 18;  // a tag

std::string protected_header(std::string_view name, std::string_view key_id) {
  std::string out;
  CborWriter cbor(out);
  cbor.map(4).number(alg).number(ed25519).number(kid).bytes(key_id);
  cbor.number(cwt_claims).map(1).number(issuer).text(name).number(vds).number(rfc9162_sha256);
  return out;
}

// Sig_structure of RFC 9052.
std::string to_be_signed(std::string_view name, std::string_view key_id, const Digest& root) {
  std::string out;
  CborWriter(out).array(4).text("Signature1").bytes(protected_header(name, key_id)).bytes("").bytes(as_text(root));
  return out;
}

std::string inclusion_proof(std::uint64_t size, std::uint64_t index, const Proof& proof) {
  std::string out;
  CborWriter cbor(out);
  cbor.array(3).number(static_cast<std::int64_t>(size)).number(static_cast<std::int64_t>(index)).array(proof.size());
  for (const Digest& hash : proof) cbor.bytes(as_text(hash));
  return out;
}

}  // namespace

std::string sign_root(const NoteSigner& log, const Digest& root) {
  NoteVerifier verifier = log.verifier();
  return log.key().sign(to_be_signed(verifier.name(), verifier.key_id(), root));
}

Result<> check_root(std::string_view signature, const Digest& root, const NoteVerifier& log) {
  if (verify_ed25519(log.key(), to_be_signed(log.name(), log.key_id(), root), signature)) return {};
  return fail(ErrorCode::invalid_request, "The log's signature of its root for COSE does not fit its checkpoint.");
}

Result<std::string> cose_receipt(std::string_view checkpoint, std::string_view signature, std::uint64_t index,
                                 const Proof& proof) {
  TRY_ASSIGN(NoteParts parts, split_note(checkpoint));
  TRY_ASSIGN(Checkpoint head, parse_checkpoint(parts.text));
  auto own = std::ranges::find_if(parts.signatures, [&](const NoteSignature& one) {
    return one.name == head.origin && one.bytes.size() == 4 + ed25519_signature_bytes;
  });
  if (own == parts.signatures.end())
    return fail(ErrorCode::invalid_request, "The checkpoint has no signature of the log that it names.");
  std::string out;
  CborWriter cbor(out);
  cbor.tag(cose_sign1).array(4).bytes(protected_header(head.origin, own->bytes.substr(0, 4)));
  cbor.map(1).number(vdp).map(1).number(inclusion_proofs).array(1);
  cbor.bytes(inclusion_proof(head.tree.size, index, proof)).null().bytes(signature);
  return out;
}

}  // namespace entente::audit
