// What a client has been sent of a stream, as it will stand in the outcome's record, and the signed heads that say so
// in the stream itself (audit/receipts/stream_head.hpp). One answer, one task.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audit/receipts/stream_head.hpp"
#include "base/clock.hpp"
#include "store/records.hpp"

namespace entente::api {

class SentStream {
 public:
  using Sign = std::function<std::optional<std::string>(const audit::StreamHead&)>;

  // A stream that comes to its end before its first head is due needs none: a signature costs as much as the rest of a
  // short answer, and the receipt says the same. `always`: it gets one all the same.
  enum class Ends { when_begun, always };

  // The request's id and `sign` stay; null where the stream shall carry no heads.
  SentStream(const std::string& request, const Clock& clock, const Sign* sign, Ends ends)
      : request_(request), clock_(clock), sign_(sign), ends_(ends) {}

  void add(std::string_view frames) { hash_.add(frames); }

  // A head when the last one is half a second old and something came since, else nothing.
  std::string head_if_due();
  std::string head(audit::StreamState state);

  store::SentBody body() const { return {.bytes = static_cast<std::int64_t>(hash_.bytes()), .sha256 = hash_.digest()}; }

 private:
  const std::string& request_;
  const Clock& clock_;
  const Sign* sign_;
  const Ends ends_;
  bool begun_ = false;  // it has a head
  audit::PrefixHash hash_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace entente::api
