#include "domain/deployment.hpp"

namespace entente {

std::string_view to_string(Strategy strategy) {
  switch (strategy) {
    case Strategy::priority: return "priority";
    case Strategy::weight: return "weight";
    case Strategy::latency: return "latency";
    case Strategy::price: return "price";
    case Strategy::context: return "context";
    case Strategy::cascade: return "cascade";
  }
  return "priority";
}

}  // namespace entente
