// Admitted work has money set aside and no intent on disk: a provider does not take it.
// says: Attempt
#include "gateway/admitted.hpp"

using namespace entente;

Task<std::unique_ptr<EventStream>> send(providers::Provider& provider, gateway::Admitted admitted,
                                        store::Store& store) {
#ifdef MUST_NOT_COMPILE
  co_return co_await provider.send(std::move(admitted));
#else
  CO_TRY_ASSIGN(providers::Attempt attempt,
                co_await gateway::Admitted::attempt(std::move(admitted), store, system_clock()));
  co_return co_await provider.send(std::move(attempt));
#endif
}
