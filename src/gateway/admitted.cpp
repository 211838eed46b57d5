#include "gateway/admitted.hpp"

#include "base/id.hpp"
#include "gateway/passed_fields.hpp"
#include "ledger/price.hpp"

namespace entente::gateway {

Result<Admitted> Admitted::admit(For whom, Placed placed, ledger::Quotas& quotas, Instant now) {
  const providers::Ticket& ticket = *placed.ticket;
  TRY_ASSIGN(Money reserved,
             ledger::most_cost_of(ticket.prompt_tokens(), ticket.most_completion_tokens(), placed.deployment->price));
  TRY_ASSIGN(ledger::Quotas::Held held, quotas.hold(whom.principal, ticket.prompt_tokens(), reserved, now));
  return Admitted(std::move(whom), std::move(placed), std::move(reserved), std::move(held));
}

Task<providers::Attempt> Admitted::attempt(Admitted admitted, store::Store& store, const Clock& clock) {
  For& whom = admitted.whom_;
  Placed& placed = admitted.placed_;
  Instant now = clock.now();
  std::string id = make_id("att", now);
  CO_TRY(co_await store.record_intent(
      {.attempt = id,
       .request = whom.request,
       .principal = whom.principal,
       .kind = std::move(whom.kind),
       .model = std::move(whom.model),
       .deployment = placed.deployment->name,
       .provider = placed.deployment->provider,
       .place = place_of(placed.deployment->facts),
       .decision = std::move(whom.decision),
       .person = std::move(whom.person),
       .labels = std::move(whom.labels),
       .passed = passed_names(*whom.work),
       .asked = whom.body,
       .most_tokens = placed.ticket->prompt_tokens() + placed.ticket->most_completion_tokens(),
       .reserved = admitted.reserved_,
       .at = now}));
  co_return providers::Attempt(std::move(id), std::move(placed.deployment), whom.work, std::move(placed.ticket),
                               std::move(whom.via));
}

}  // namespace entente::gateway
