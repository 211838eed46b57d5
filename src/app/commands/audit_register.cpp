// `entente audit register`: registers that the law asks for, from the ledger and the stated facts.
#include <algorithm>
#include <cstdio>

#include "app/commands/commands.hpp"
#include "app/paths.hpp"
#include "app/reports/registers.hpp"
#include "app/terminal/output.hpp"
#include "base/clock.hpp"
#include "store/store.hpp"

namespace entente::app {

int audit_register(const Common& common, const RegisterWanted& wanted) {
  auto table = [&]() -> Result<RegisterTable> {
    Instant from{}, last = system_clock().now(), to = last + std::chrono::hours(1);
    if (!wanted.from.empty()) {
      TRY_ASSIGN(from, day_option("--from", wanted.from));
    }
    if (!wanted.to.empty()) {
      TRY_ASSIGN(auto day, day_option("--to", wanted.to));
      to = day + std::chrono::days(1);
      last = std::min<Instant>(last, day);  // nobody knows yet what will be known later
    }
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    TRY_ASSIGN(auto store, store::Store::open(state_dir(loaded.config), store::Store::Role::unsealed, system_clock()));
    TRY_ASSIGN(auto processed, store->processed(from, to));
    TRY_ASSIGN(auto facts, store->facts_stated(to));
    return make_register(wanted.form == "dora" ? Register::dora : Register::gdpr, processed, facts,
                         to_rfc3339(last).substr(0, 10));
  }();
  if (!table) return report(table.error(), common.json);
  std::string text = common.json ? as_json(*table) + "\n" : as_csv(*table);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace entente::app
