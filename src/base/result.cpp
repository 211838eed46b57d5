#include "base/result.hpp"

namespace entente {

BoxedError::~BoxedError() = default;

}  // namespace entente
