// Signed notes (C2SP signed-note): a text, a blank line, and a line for each signature. What carries checkpoints.
//
// A key is written as Go's note package and every tool of that family write it; note_key.hpp. Pure, any thread.
// Failure: invalid_request with a sentence.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/keys/ed25519.hpp"
#include "audit/keys/note_key.hpp"
#include "base/result.hpp"

namespace entente::audit {

// One signature under a note, by whomever.
struct NoteSignature {
  std::string name;   // of the key
  std::string bytes;  // the key's four, then what its kind of signature has
  std::string line;   // as it stands in the note, with its newline
  bool is_of(std::string_view key_name, std::string_view key_id) const {
    return name == key_name && bytes.starts_with(key_id);
  }
};

// A note taken apart; nobody's signature has been looked at.
struct NoteParts {
  std::string text;  // ends with a newline
  std::vector<NoteSignature> signatures;
};
Result<NoteParts> split_note(std::string_view note);

class NoteVerifier {
 public:
  static Result<NoteVerifier> parse(std::string_view text);  // "NAME+HASH+BASE64"
  NoteVerifier(std::string name, const PublicKey& key);

  const std::string& name() const { return name_; }
  const PublicKey& key() const { return key_; }
  std::string text() const;
  std::string key_id() const;  // four bytes

  // Whether this key made the signature. Failure: it says so, and does not fit.
  Result<bool> has_made(const NoteSignature& signature, std::string_view text) const;

 private:
  std::string name_;
  PublicKey key_;
};

class NoteSigner {
 public:
  static Result<NoteSigner> parse(std::string_view text);  // "PRIVATE+KEY+…"
  NoteSigner(std::string name, const Seed& seed);

  NoteVerifier verifier() const { return {name_, key_.public_key()}; }
  std::string private_text() const;
  const SigningKey& key() const { return key_; }
  // The whole note. `text` ends with a newline.
  std::string sign(std::string_view text) const;

 private:
  std::string name_;
  Seed seed_;
  SigningKey key_;
};

// A signature's line: a dash, who, and the base64 of the key's four bytes and the signature.
std::string signature_line(std::string_view name, std::string_view key_id, std::string_view signature);

// The text of a note that one of `known` has signed. A signature of one of them that does not fit spoils the note;
// signatures of others say nothing.
Result<std::string> open_note(std::string_view note, std::span<const NoteVerifier> known);

}  // namespace entente::audit
