// Signed notes (C2SP signed-note): a text, a blank line, and a line for each signature. What carries checkpoints.
//
// A key is written as Go's note package and every tool of that family write it: "NAME+HASH+BASE64" for those who check,
// "PRIVATE+KEY+NAME+HASH+BASE64" for the one who signs. Pure, any thread. Failure: invalid_request with a sentence.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "audit/ed25519.hpp"
#include "base/result.hpp"

namespace entente::audit {

// A name without spaces and plus signs, by best practice a URL without scheme: "example.org/entente".
Result<> check_key_name(std::string_view name);

class NoteVerifier {
 public:
  static Result<NoteVerifier> parse(std::string_view text);  // "NAME+HASH+BASE64"
  NoteVerifier(std::string name, const PublicKey& key);

  const std::string& name() const { return name_; }
  const PublicKey& key() const { return key_; }
  std::string text() const;
  std::string key_id() const;  // four bytes

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

// The text of a note that one of `known` has signed. A signature of one of them that does not fit spoils the note;
// signatures of others say nothing.
Result<std::string> open_note(std::string_view note, std::span<const NoteVerifier> known);

}  // namespace entente::audit
