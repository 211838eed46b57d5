#include "domain/event.hpp"

namespace entente {

std::string_view to_string(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop: return "stop";
    case FinishReason::length: return "length";
  }
  return "stop";
}

}  // namespace entente
