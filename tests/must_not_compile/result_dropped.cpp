// A failure that nobody looks at does not exist: a Result must be used, or dropped in so many words.
// says: nodiscard
#include "base/result.hpp"

entente::Result<> check();

void drop() {
#ifdef MUST_NOT_COMPILE
  check();
#else
  (void)check();
#endif
}
