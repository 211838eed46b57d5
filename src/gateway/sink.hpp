// Sink: where an answer goes. run() calls begin() once, when the first event of the chosen attempt is there, then
// event() for each event in order; it waits for each call, so a slow reader slows the answer. An error returned by a
// Sink means that the reader has left: the attempt is stopped and settled as cancelled.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "domain/event.hpp"
#include "store/records.hpp"

namespace entente::gateway {

// Which attempt answers, as a person is told under the answer.
struct Answering {
  std::string deployment;
  std::string provider;
  std::string place;                       // "FR", "place not stated"
  std::string provider_model;              // the provider's own name for the model
  std::string decision;                    // in brief, for a header: policy::in_brief()
  std::vector<std::string> left_out = {};  // what was asked of the answer's form and does not hold it
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Task<> begin(const Answering& answering) = 0;
  virtual Task<> event(const Event& event) = 0;
  // No further event is at hand: what event() kept back goes out now.
  virtual Task<> flush() { co_return Result<>{}; }
  // About once a second while the model is not there yet: what is waited for, in words. True: the client has been told,
  // so this answer has begun, before begin(); then nobody else is asked when it fails.
  virtual Task<bool> waiting(const Answering&, std::string_view) { co_return false; }
  // Awaited once when the answer has come to its end, before sent(): what the client is promised with the end is made
  // durable here. Its failure is the end of the answer that the client is told of.
  virtual Task<> keep() { co_return Result<>{}; }
  // Asked once, when no event follows: what the client is sent in all (`whole`: the answer came to its end, so also
  // what ends it), or was until it broke off. None: the sink does not know.
  virtual std::optional<store::SentBody> sent(bool) { return std::nullopt; }
};

}  // namespace entente::gateway
