// A Task that is not awaited never runs.
// says: nodiscard
#include "base/task.hpp"

entente::Task<> settle();

entente::Task<> end() {
#ifdef MUST_NOT_COMPILE
  settle();
  co_return entente::Result<>{};
#else
  co_return co_await settle();
#endif
}
