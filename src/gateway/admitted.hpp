// Admitted: work that has a place at a deployment and money set aside, but cannot reach a provider.
//
// admit() sets the worst case aside; attempt() writes the durable intent and gives the Attempt, which is the only thing
// a provider takes. Moves only; attempt() uses it up. One task at a time.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "domain/deployment.hpp"
#include "domain/money.hpp"
#include "domain/principal.hpp"
#include "ledger/quotas.hpp"
#include "providers/attempt.hpp"
#include "store/store.hpp"

namespace entente::gateway {

// A candidate that said it could take the work.
struct Placed {
  std::shared_ptr<const Deployment> deployment;
  std::unique_ptr<providers::Ticket> ticket;
};

class Admitted {
 public:
  struct For {
    std::string request;  // id
    Principal principal;
    std::shared_ptr<const Work> work;
    std::string kind, model;  // of the work; as the client named it
    std::string person = {};  // whom it is about, as the client named them
    std::vector<std::string> labels = {};
    store::Decided decision;
    std::string via = {};
    std::optional<Digest> body = {};  // of the request
  };

  // Fails when the worst case cannot be expressed in money, or is more than a budget has left.
  static Result<Admitted> admit(For whom, Placed placed, ledger::Quotas& quotas, Instant now);

  // What was set aside: for whoever settles the attempt.
  ledger::Quotas::Held take_held() { return std::move(held_); }

  // Returns when the intent is on disk. Failure: `unavailable`, and nothing may be sent.
  static Task<providers::Attempt> attempt(Admitted admitted, store::Store& store, const Clock& clock);

 private:
  Admitted(For whom, Placed placed, Money reserved, ledger::Quotas::Held held)
      : whom_(std::move(whom)), placed_(std::move(placed)), reserved_(std::move(reserved)), held_(std::move(held)) {}
  For whom_;
  Placed placed_;
  Money reserved_;
  ledger::Quotas::Held held_;
};

}  // namespace entente::gateway
