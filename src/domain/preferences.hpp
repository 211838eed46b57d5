// Preferences: what a request itself says about who may answer it, among those whom policies and the model's own list
// allow: it narrows and orders, and never adds anybody. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace entente {

struct Preferences {
  // Names of providers or of deployments.
  std::vector<std::string> order;                // these first, in this order
  std::optional<std::vector<std::string>> only;  // nobody else
  std::vector<std::string> ignore;               // none of these
  bool allow_fallbacks = true;                   // false: of `order` only, else the first candidate only

  enum class Sort { price, latency };
  std::optional<Sort> sort;  // instead of the model's strategy

  // The most a million tokens may cost. Who states no price, or one in another currency, is not known to cost less.
  struct MostPrice {
    std::string currency = "USD";
    std::optional<std::int64_t> input_nano_per_million, output_nano_per_million;
  };
  std::optional<MostPrice> most_price;

  bool no_data_collection = false;  // only who is known to keep nothing of it and not to train on it
};

}  // namespace entente
