// Nothing leaves the machine before its intent is durable: only gateway::Admitted, which writes the intent, makes an
// Attempt. says: private
#include "providers/attempt.hpp"

using entente::providers::Attempt;

Attempt make(std::shared_ptr<const entente::Deployment> deployment, std::shared_ptr<const entente::Work> work,
             std::unique_ptr<entente::providers::Ticket> ticket, Attempt made) {
#ifdef MUST_NOT_COMPILE
  return Attempt("att_1", std::move(deployment), std::move(work), std::move(ticket));
#else
  (void)deployment, (void)work, (void)ticket;
  return made;
#endif
}
