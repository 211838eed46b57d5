// KeptResponses: answers of /v1/responses that may be asked for again, or gone on from, until their time is over.
//
// They are rows of the store: what keep() has ended for survives a kill. Nobody reads another project's. All together
// take at most `room` bytes of the disk, and make room for each other as store::Store::keep_response() says. Nothing is
// kept while `keep` is zero, which is the default. Any thread.
//
// Failure: not_found in the client's words; unavailable when the store cannot be read or written. An answer that cannot
// be kept has the reason "response_not_kept".
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/conversation.hpp"
#include "domain/principal.hpp"
#include "store/store.hpp"
#include "wire/openai/responses.hpp"

namespace entente::api {

class KeptResponses {
 public:
  struct Limits {
    std::chrono::milliseconds keep{0};
    std::uint64_t room = 0;  // bytes
  };
  KeptResponses(std::shared_ptr<store::Store> store, const Clock& clock, Limits limits)
      : store_(std::move(store)), clock_(clock), limits_(limits) {}

  bool keeps() const { return limits_.keep.count() > 0; }
  bool has_room_for(std::uint64_t bytes) const { return bytes < limits_.room; }
  Instant until() const { return clock_.now() + limits_.keep; }  // what is made now is kept

  // `until`: as its client was told. `request`: that it answers, and `subject` is whom it is about.
  Task<> keep(std::string id, const Principal& whose, std::string request, Subject subject, Instant until,
              std::string body, const std::vector<wire::InputItem>& input, const Conversation& conversation);

  Task<std::string> body(std::string_view id, const Principal& whose);  // as it was sent
  Task<std::vector<wire::InputItem>> input(std::string_view id, const Principal& whose);
  Task<Conversation> conversation(std::string_view id, const Principal& whose);  // the answer included; no instructions
  Task<> remove(std::string_view id, const Principal& whose);

 private:
  Task<std::string> text(std::string_view id, const Principal& whose, store::KeptText which);

  const std::shared_ptr<store::Store> store_;
  const Clock& clock_;
  const Limits limits_;
};

Error response_not_there(std::string_view id);

}  // namespace entente::api
