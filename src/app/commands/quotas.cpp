// entente quotas: how much of what each quota allows is used, and by whom.
#include <cstdio>
#include <format>

#include "app/commands/ask_running.hpp"
#include "app/commands/commands.hpp"
#include "app/reports/json_members.hpp"
#include "app/terminal/output.hpp"
#include "wire/json.hpp"

namespace entente::app {

namespace {

std::string flow_of(const wire::Json& row, std::string_view name) {
  const wire::Json* flow = row.find(name);
  return flow ? std::format("{} of {} left", whole_of(*flow, "left"), whole_of(*flow, "a_minute")) : "–";
}

std::string money_of(const wire::Json& row, std::string_view name) {
  const wire::Json* money = row.find(name);
  if (!money) return "–";
  return std::format("{:.2f} of {:.2f} {}", number_of(*money, "spent"), number_of(*money, "allowed"),
                     text_of(row, "currency"));
}

std::string running_of(const wire::Json& row) {
  std::int64_t most = whole_of(row, "at_once");
  return std::format("{}{}", whole_of(row, "running"), most > 0 ? std::format(" of {}", most) : "");
}

void print_quotas(const wire::Json& document) {
  std::vector<std::vector<std::string>> rows;
  for (const wire::Json& row : list_of(document, "data")) {
    std::string each = text_of(row, "each");
    rows.push_back({text_of(row, "quota"),
                    each == "all" ? "all together" : std::format("{} {}", each, text_of(row, "of")),
                    flow_of(row, "requests"), flow_of(row, "tokens"), running_of(row), money_of(row, "day"),
                    money_of(row, "month")});
  }
  if (rows.empty()) {
    std::printf(
        "No quota has counted anything since the server was started. [[quotas]] in the configuration make them.\n");
  } else {
    print_table({"QUOTA", "OF", "REQUESTS A MINUTE", "TOKENS A MINUTE", "RUNNING", "SPENT TODAY", "SPENT THIS MONTH"},
                rows);
  }
}

}  // namespace

int quotas(const Common& common) { return show_running(common, "/quotas", print_quotas); }

}  // namespace entente::app
