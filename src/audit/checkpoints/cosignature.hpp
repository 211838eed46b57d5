// Cosignatures (C2SP tlog-cosignature): a witness's signed word that a checkpoint continues every checkpoint of that
// log that it has seen, and when it said so. It stands as one more signature line under the checkpoint, made with a key
// of a kind of its own: a log's key never makes one, a witness's nothing else.
//
// There are two kinds. Ed25519 ("cosignature/v1") signs the checkpoint's text. ML-DSA-44 ("subtree/v1") signs whose
// word it is, the log's name, the size and the root, and not the lines that may follow those: a checkpoint that has
// some is refused, for nothing would vouch for them. Of subtrees it could sign, only whole trees are known here.
//
// Seconds since 1970; a time of 0 is none and is refused. Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "audit/keys/mldsa.hpp"
#include "audit/keys/note.hpp"
#include "base/clock.hpp"

namespace entente::audit {

using CosignatureKey = std::variant<PublicKey, MldsaPublicKey>;

class CosignatureVerifier {
 public:
  static Result<CosignatureVerifier> parse(std::string_view text);  // "NAME+HASH+BASE64" of either kind
  CosignatureVerifier(std::string name, const CosignatureKey& key);

  const std::string& name() const { return name_; }
  const CosignatureKey& key() const { return key_; }
  std::string text() const;
  const std::string& key_id() const { return id_; }  // four bytes

  // When this witness cosigned the text; nothing: another made the signature. Failure: it says that it is this one's,
  // and does not fit.
  Result<std::optional<std::chrono::sys_seconds>> time_of(const NoteSignature& signature, std::string_view text) const;

 private:
  std::string name_;
  CosignatureKey key_;
  std::string id_;
};

// Cosigns with Ed25519.
class Cosigner {
 public:
  static Result<Cosigner> parse(std::string_view text);  // "PRIVATE+KEY+…"
  Cosigner(std::string name, const Seed& seed);

  CosignatureVerifier verifier() const { return {name_, key_.public_key()}; }
  std::string private_text() const;
  // The signature's line, to stand under the note. `text`: the note's, with its last newline.
  std::string cosign(std::string_view text, std::chrono::sys_seconds at) const;

 private:
  std::string name_;
  Seed seed_;
  SigningKey key_;
};

// Cosigns with ML-DSA-44.
class MldsaCosigner {
 public:
  static Result<MldsaCosigner> parse(std::string_view text);  // "PRIVATE+KEY+…"
  MldsaCosigner(std::string name, const Seed& seed);

  const CosignatureVerifier& verifier() const { return verifier_; }
  std::string private_text() const;
  // The same. Failure: the text is no checkpoint of three lines, a name is longer than longest_signed_name, there is
  // no time.
  Result<std::string> cosign(std::string_view text, std::chrono::sys_seconds at) const;

 private:
  Seed seed_;
  MldsaKey key_;
  CosignatureVerifier verifier_;
};

// The time that a signature has if it is a cosignature: nobody has looked whether it fits. Nothing: it has another
// length than those.
std::optional<std::chrono::sys_seconds> stated_time(const NoteSignature& signature);

}  // namespace entente::audit
