#include "audit/receipts/stream_head.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include "audit/forms/lines.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::string_view header = "entente stream v1";
constexpr std::string_view comment_header = ": entente-head ";
constexpr std::string_view states[] = {"open", "end", "cut"};

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

struct SignedHead {
  StreamHead head;
  std::string signature;
  std::size_t after = 0;  // so many bytes that count it stands
};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    std::size_t end = line.find(' ');
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end + 1);
  }
}

Result<SignedHead> parse_head(std::string_view comment) {
  std::vector<std::string_view> words = words_of(comment.substr(comment_header.size()));
  auto bytes = words.size() == 6 ? parse_number(words[1]) : std::nullopt;
  auto hash = bytes ? parse_hash(words[2]) : std::nullopt;
  auto state = hash ? std::ranges::find(states, words[3]) : std::ranges::end(states);
  if (!hash || state == std::ranges::end(states)) return wrong("A head of the stream is not written as heads are.");
  return SignedHead{.head = {.request = std::string(words[0]),
                             .bytes = *bytes,
                             .hash = *hash,
                             .state = static_cast<StreamState>(state - std::ranges::begin(states)),
                             .at = std::string(words[4])},
                    .signature = std::string(words[5]),
                    .after = 0};
}

// Frames and comments apart. A comment is a line that begins with ':' where a frame could begin, with the blank line
// behind it.
struct Parts {
  std::string counted;
  struct Comment {
    std::string_view text;
    std::size_t after;  // so many bytes that count
  };
  std::vector<Comment> comments;
};

Parts parts_of(std::string_view received) {
  Parts parts;
  bool between = true;
  while (!received.empty()) {
    std::size_t end = std::min(received.size(), received.find('\n') + 1);
    if (end == 0) end = received.size();
    std::string_view line = received.substr(0, end);
    received.remove_prefix(end);
    if (between && line.starts_with(':')) {
      parts.comments.push_back(
          {.text = line.substr(0, line.size() - (line.ends_with('\n') ? 1 : 0)), .after = parts.counted.size()});
      if (received.starts_with('\n')) received.remove_prefix(1);
      continue;
    }
    parts.counted += line;
    between = line == "\n";
  }
  return parts;
}

// What begins like this is a stream of events; anything else has no comments.
bool has_events(std::string_view received) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{":", "data:", "event:", "id:"},
                             [&](std::string_view word) { return received.starts_with(word); });
}

}  // namespace

std::string_view to_string(StreamState state) { return states[static_cast<std::size_t>(state)]; }

std::string head_text(const StreamHead& head, std::string_view origin) {
  return std::format("{}\n{}\n{}\n{} {}\n{} {}\n", header, origin, head.request, head.bytes, to_base64(head.hash),
                     to_string(head.state), head.at);
}

std::string head_comment(const StreamHead& head, std::string_view signature) {
  return std::format("{}{} {} {} {} {} {}\n\n", comment_header, head.request, head.bytes, to_base64(head.hash),
                     to_string(head.state), head.at, signature);
}

std::string signature_of(std::string_view note) {
  if (note.ends_with('\n')) note.remove_suffix(1);
  return std::string(note.substr(note.rfind(' ') + 1));
}

std::string without_comments(std::string_view received) {
  return has_events(received) ? parts_of(received).counted : std::string(received);
}

Result<StreamVerdict> verify_stream(std::string_view received, const NoteVerifier& log) {
  Parts parts = parts_of(received);
  std::vector<SignedHead> heads;
  for (const Parts::Comment& comment : parts.comments) {
    if (!comment.text.starts_with(comment_header)) continue;
    TRY_ASSIGN(SignedHead head, parse_head(comment.text));
    head.after = comment.after;
    heads.push_back(std::move(head));
  }
  if (heads.empty()) return wrong("The stream has no signed head: it was saved without its comments, or sent without.");
  StreamVerdict verdict{
      .request = heads[0].head.request, .heads = heads.size(), .bytes = parts.counted.size(), .at = {}};
  PrefixHash hash;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const StreamHead& head = heads[i].head;
    std::string note = std::format("{}\n\u2014 {} {}\n", head_text(head, log.name()), log.name(), heads[i].signature);
    if (Result<std::string> opened = open_note(note, {&log, 1}); !opened)
      return wrong(std::format("Head {} of the stream is not signed by this log: {}", i + 1, opened.error().message));
    if (head.request != verdict.request) return wrong(std::format("Head {} is of another request.", i + 1));
    if (verdict.state != StreamState::open || head.bytes < hash.bytes())
      return wrong(std::format("Head {} does not follow the one before it.", i + 1));
    if (head.state == StreamState::end ? head.bytes < heads[i].after : head.bytes != heads[i].after)
      return wrong(std::format("Head {} speaks of {} bytes and stands behind {}: some are missing, or were added.",
                               i + 1, head.bytes, heads[i].after));
    if (head.bytes > parts.counted.size()) break;  // it was cut before the end that this one speaks of
    hash.add(std::string_view(parts.counted).substr(hash.bytes(), head.bytes - hash.bytes()));
    if (hash.digest() != head.hash)
      return wrong(std::format("The first {} bytes are not those that head {} was signed for.", head.bytes, i + 1));
    verdict.signed_bytes = head.bytes;
    verdict.state = head.state;
    verdict.at = head.at;
  }
  return verdict;
}

}  // namespace entente::audit
