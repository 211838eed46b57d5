// Quota: how much somebody may use: requests and tokens in a minute, answers at a time, money in a day and in a month.
// Plain values, as the configuration states them; ledger/quotas.hpp keeps count. Spent: what the store knows of money.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/principal.hpp"

namespace entente {

struct Quota {
  // Who has a count of their own. all: everybody whom the quota is for shares one.
  enum class Each { key, project, tenant, all };

  std::string name;
  Each each = Each::key;
  // Whom it is for, by name; '*' stands for any text. Each list that is not empty must have them.
  std::vector<std::string> tenants, projects, keys;
  // 0: no bound.
  std::uint32_t requests_per_minute = 0;
  std::uint32_t tokens_per_minute = 0;  // read and written
  std::uint32_t at_once = 0;
  // None: no bound. Days and months are those of UTC.
  std::optional<std::int64_t> nano_per_day, nano_per_month;
  std::string currency;

  friend bool operator==(const Quota&, const Quota&) = default;
};

constexpr std::string_view to_string(Quota::Each each) {
  constexpr std::string_view names[] = {"key", "project", "tenant", "all"};
  return names[static_cast<std::size_t>(each)];
}

// What one key has spent today and this month, in one currency. Where it is not known what an attempt cost, what was
// set aside for it counts.
struct Spent {
  Principal who;
  std::string currency;
  std::int64_t today = 0, this_month = 0;  // nano-units
};

}  // namespace entente
