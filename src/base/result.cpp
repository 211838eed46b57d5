#include "base/result.hpp"

namespace entente {

BoxedError::~BoxedError() = default;

static_assert(sizeof(Result<>) == 2 * sizeof(void*), "each frame that waits holds several");

}  // namespace entente
