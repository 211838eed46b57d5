#include "store/records.hpp"

namespace entente::store {

std::string_view to_string(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::answered: return "answered";
    case OutcomeKind::failed: return "failed";
    case OutcomeKind::cancelled: return "cancelled";
    case OutcomeKind::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace entente::store
