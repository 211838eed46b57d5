#include "domain/money.hpp"

#include <limits>

namespace entente {

Result<std::int64_t> cost_in_nano(std::int64_t tokens, std::int64_t nano_per_million) {
  __extension__ using Wide = __int128;
  constexpr Wide million = 1'000'000;
  Wide product = static_cast<Wide>(tokens) * nano_per_million;
  Wide quotient = product / million, rest = product % million;
  Wide magnitude = rest < 0 ? -rest : rest;
  bool odd = quotient % 2 != 0;
  if (magnitude * 2 > million || (magnitude * 2 == million && odd)) quotient += product < 0 ? -1 : 1;
  if (quotient > std::numeric_limits<std::int64_t>::max() || quotient < std::numeric_limits<std::int64_t>::min()) {
    return fail(ErrorCode::invalid_request, "The amount is larger than an account can hold.");
  }
  return static_cast<std::int64_t>(quotient);
}

}  // namespace entente
