// Cosignatures (C2SP tlog-cosignature, the Ed25519 one, "cosignature/v1"): a witness's signed word that a checkpoint
// continues every checkpoint of that log that it has seen, and when it said so. It stands as one more signature line
// under the checkpoint, made with a key of a kind of its own: a log's key never makes one, a witness's nothing else.
//
// Seconds since 1970; a time of 0 is none and is refused. Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "audit/note.hpp"
#include "base/clock.hpp"

namespace entente::audit {

class CosignatureVerifier {
 public:
  static Result<CosignatureVerifier> parse(std::string_view text);  // "NAME+HASH+BASE64"
  CosignatureVerifier(std::string name, const PublicKey& key);

  const std::string& name() const { return name_; }
  const PublicKey& key() const { return key_; }
  std::string text() const;
  std::string key_id() const;  // four bytes

  // When this witness cosigned the text; nothing: another made the signature. Failure: it says that it is this one's,
  // and does not fit.
  Result<std::optional<std::chrono::sys_seconds>> time_of(const NoteSignature& signature, std::string_view text) const;

 private:
  std::string name_;
  PublicKey key_;
};

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

// The time that a signature has if it is a cosignature of Ed25519: nobody has looked whether it fits. Nothing: it has
// another length than those.
std::optional<std::chrono::sys_seconds> stated_time(const NoteSignature& signature);

}  // namespace entente::audit
