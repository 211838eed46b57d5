// Stream heads: signed words, in the stream itself, of what has been streamed so far, so that an answer that breaks off
// leaves a signed beginning.
//
// What counts are the bytes of the stream without its comments (lines that begin with ':', which every reader of
// server-sent events passes over). A head is such a comment: how many of those bytes it speaks of, their SHA-256,
// whether more was to come, when, and a signature by the log's key. It stands behind the bytes it speaks of; only the
// last one of a stream that came to its end stands before the end that it covers, so that clients that stop reading
// there have it. A whole answer's body is counted and hashed the same way.
//
// Pure but for the signature, which is passed in. One stream, one task. Failure of a check: invalid_request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/keys/note.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"

namespace entente::audit {

// SHA-256 of a text that grows, at any of its lengths.
class PrefixHash {
 public:
  void add(std::string_view bytes) {
    hash_.update(bytes);
    bytes_ += bytes.size();
  }
  std::uint64_t bytes() const { return bytes_; }
  Digest digest() const { return hash_.so_far(); }  // of what was added so far

 private:
  Sha256 hash_;
  std::uint64_t bytes_ = 0;
};

// open: more is to come. end: this is all of it. cut: it breaks off here, and what follows says why.
enum class StreamState { open, end, cut };
std::string_view to_string(StreamState state);

struct StreamHead {
  std::string request;
  std::uint64_t bytes = 0;
  Digest hash{};
  StreamState state = StreamState::open;
  std::string at;  // RFC 3339
};

// What is signed, and the comment that carries it; `signature` is the base64 of a note's signature line.
std::string head_text(const StreamHead& head, std::string_view origin);
std::string head_comment(const StreamHead& head, std::string_view signature);
// The last word of a note that has one signature.
std::string signature_of(std::string_view note);

// The bytes that count of a stream or body as it was received.
std::string without_comments(std::string_view received);

struct StreamVerdict {
  std::string request;
  std::size_t heads = 0;
  std::uint64_t bytes = 0;         // that count
  std::uint64_t signed_bytes = 0;  // of these, from the beginning
  StreamState state = StreamState::open;
  std::string at;  // of the last head
};

// A stream as it was saved, perhaps not to its end. Errors: it has no head; a head does not fit what was received, or
// its signature.
Result<StreamVerdict> verify_stream(std::string_view received, const NoteVerifier& log);

}  // namespace entente::audit
