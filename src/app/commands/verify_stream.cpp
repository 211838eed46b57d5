// `entente verify --stream FILE`: how far a stream that was saved is signed.
#include <cstdio>

#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"
#include "audit/receipts/stream_head.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

// Bytes behind a signed end were added by somebody.
bool was_added_to(const audit::StreamVerdict& verdict) {
  return verdict.state == audit::StreamState::end && verdict.signed_bytes < verdict.bytes;
}

void print(const audit::StreamVerdict& verdict) {
  std::printf("stream of %s\nheads      %zu, all signed; the last of %s\n", verdict.request.c_str(), verdict.heads,
              verdict.at.c_str());
  auto bytes = static_cast<unsigned long long>(verdict.bytes);
  auto covered = static_cast<unsigned long long>(verdict.signed_bytes);
  if (verdict.state == audit::StreamState::end && verdict.signed_bytes == verdict.bytes) {
    std::printf("signed     whole: %llu bytes, to the end\n", bytes);
    return;
  }
  std::printf("signed     the first %llu of %llu bytes; %s\n", covered, bytes,
              was_added_to(verdict) ? "WHAT FOLLOWS THE SIGNED END IS NOT THE SERVER'S"
              : verdict.state == audit::StreamState::cut
                  ? "there it broke off, as the server says"
                  : "it was saved before its end, and what follows is not signed");
}

std::string as_json(const audit::StreamVerdict& verdict) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("request").string(verdict.request);
  json.key("heads").number(static_cast<std::int64_t>(verdict.heads)).key("at").string(verdict.at);
  json.key("bytes").number(static_cast<std::int64_t>(verdict.bytes));
  json.key("signed_bytes").number(static_cast<std::int64_t>(verdict.signed_bytes));
  json.key("state").string(audit::to_string(verdict.state)).end_object();
  return out;
}

}  // namespace

int verify_saved_stream(const Common& common, const VerifyWanted& wanted) {
  auto verified = [&]() -> Result<audit::StreamVerdict> {
    TRY_ASSIGN(std::string received, text_in(wanted.stream));
    std::filesystem::path own;
    if (wanted.key.empty()) {
      TRY_ASSIGN(own, own_log(common));
    }
    TRY_ASSIGN(audit::NoteVerifier log, log_key(wanted.key, own));
    return audit::verify_stream(received, log);
  }();
  if (!verified) return report(verified.error(), common.json);
  if (common.json) {
    std::printf("%s\n", as_json(*verified).c_str());
  } else {
    print(*verified);
  }
  return was_added_to(*verified) ? 1 : 0;
}

}  // namespace entente::app
