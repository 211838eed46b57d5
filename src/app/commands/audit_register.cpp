// `entente audit register`: registers that the law asks for, from the ledger and the stated facts.
#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/output.hpp"
#include "app/paths.hpp"
#include "app/registers.hpp"
#include "base/clock.hpp"
#include "store/store.hpp"

namespace entente::app {

namespace {

Result<Instant> day_named(const std::string& option, const std::string& text) {
  if (auto day = parse_date(text)) return Instant(std::chrono::sys_days(*day));
  return fail(ErrorCode::invalid_request,
              std::format("'{}' expects a date like 2026-10-01, but \"{}\" came.", option, text));
}

}  // namespace

int audit_register(const Common& common, const RegisterWanted& wanted) {
  auto table = [&]() -> Result<RegisterTable> {
    Instant from{}, to = system_clock().now() + std::chrono::hours(1);
    if (!wanted.from.empty()) {
      TRY_ASSIGN(from, day_named("--from", wanted.from));
    }
    if (!wanted.to.empty()) {
      TRY_ASSIGN(to, day_named("--to", wanted.to));
    }
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    TRY_ASSIGN(auto store, store::Store::open(state_dir(loaded.config), store::Store::Role::tool, system_clock()));
    TRY_ASSIGN(auto processed, store->processed(from, to));
    TRY_ASSIGN(auto facts, store->facts_stated(to));
    return make_register(wanted.form == "dora" ? Register::dora : Register::gdpr, processed, facts);
  }();
  if (!table) return report(table.error(), common.json);
  std::string text = common.json ? as_json(*table) + "\n" : as_csv(*table);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

}  // namespace entente::app
