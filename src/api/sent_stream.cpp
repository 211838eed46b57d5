#include "api/sent_stream.hpp"

namespace entente::api {

namespace {
constexpr std::chrono::milliseconds between_heads{500};
}

std::string SentStream::head_if_due() {
  if (!sign_) return {};
  auto now = std::chrono::steady_clock::now();
  if (now - last_ < between_heads) return {};
  last_ = now;
  return head(audit::StreamState::open);
}

std::string SentStream::head(audit::StreamState state) {
  if (!sign_ || (state == audit::StreamState::end && !begun_ && ends_ == Ends::when_begun)) return {};
  begun_ = true;
  audit::StreamHead head{.request = request_,
                         .bytes = hash_.bytes(),
                         .hash = hash_.digest(),
                         .state = state,
                         .at = to_rfc3339(clock_.now())};
  auto signature = (*sign_)(head);
  return signature ? audit::head_comment(head, *signature) : "";
}

}  // namespace entente::api
