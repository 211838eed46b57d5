// An attempt is sent once: it moves into send() and cannot be copied on its way.
// says: deleted
#include "providers/attempt.hpp"

using namespace entente;

Task<std::unique_ptr<EventStream>> send(providers::Provider& provider, providers::Attempt attempt) {
#ifdef MUST_NOT_COMPILE
  return provider.send(attempt);
#else
  return provider.send(std::move(attempt));
#endif
}
