#include "app/reports/registers.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "policy/text.hpp"

namespace entente::app {
namespace {

store::Processed row(std::string deployment, std::vector<std::string> labels = {}) {
  Instant at = std::chrono::sys_days(std::chrono::year(2026) / 11 / 3);
  return {.tenant = "clinic",
          .project = "triage",
          .deployment = std::move(deployment),
          .provider = "p",
          .place = "FR",
          .labels = std::move(labels),
          .attempts = 3,
          .first = at,
          .last = at + std::chrono::days(2)};
}

template <class T>
Fact<T> contract(T value) {
  return {.value = std::move(value),
          .assurance = Assurance::contract,
          .source = "order form, 4.2",
          .reviewed = {},
          .expires = {}};
}

std::string cell(const RegisterTable& table, std::string_view column, std::size_t at = 0) {
  auto found = std::ranges::find(table.head, column);
  return found == table.head.end() ? "no such column"
                                   : table.rows.at(at)[static_cast<std::size_t>(found - table.head.begin())];
}

using Texts = std::vector<std::string>;

TEST(Registers, SayWhoHadWhatProcessedWhereAndHowWellThatIsKnown) {
  Facts facts;
  facts.operator_name = contract(std::string("Example SA"));
  facts.processing_locations = contract(Texts{"FR", "US"});
  facts.storage_locations = contract(Texts{"FR"});
  facts.abuse_log_locations = contract(Texts{});
  facts.control_plane_locations = contract(Texts{"KE"});
  facts.retention_days = contract(std::int64_t{30});
  facts.training_use = contract(false);
  facts.governing_law = contract(std::string("FR"));
  auto gdpr = make_register(Register::gdpr, {row("d", {"health", "minors"}), row("gone")},
                            {{audit::StatementKind::facts, "d", policy::facts_text(facts)}}, "2026-11-30");
  ASSERT_TRUE(gdpr) << gdpr.error().message;
  EXPECT_EQ(cell(*gdpr, "activity"), "clinic/triage");
  EXPECT_EQ(cell(*gdpr, "categories of data, as labelled"), "health, minors");
  EXPECT_EQ(cell(*gdpr, "recipient"), "Example SA (contract)");
  EXPECT_EQ(cell(*gdpr, "processed in"), "FR, US (contract)");
  EXPECT_EQ(cell(*gdpr, "third countries"), "KE, US");
  EXPECT_EQ(cell(*gdpr, "erased after days"), "30 (contract)");
  EXPECT_EQ(cell(*gdpr, "trains models"), "no (contract)");
  EXPECT_EQ(cell(*gdpr, "passed on to"), "unknown");
  EXPECT_EQ(cell(*gdpr, "last"), "2026-11-05");
  EXPECT_EQ(cell(*gdpr, "sources"), "order form, 4.2");
  EXPECT_EQ(cell(*gdpr, "purposes (to be written)"), "");
  EXPECT_EQ(cell(*gdpr, "third countries", 1), "unknown") << "nobody stated anything of it";
  auto dora = make_register(Register::dora, {row("d")}, {{audit::StatementKind::facts, "d", policy::facts_text(facts)}},
                            "2026-11-30");
  ASSERT_TRUE(dora);
  EXPECT_EQ(cell(*dora, "B_02.02.0120 governing law"), "FR (contract)");
  EXPECT_EQ(cell(*dora, "B_02.02.0150 data at rest"), "FR (contract)");
  EXPECT_FALSE(make_register(Register::dora, {}, {{audit::StatementKind::facts, "d", "{\"new\":1}"}}, "2026-11-30"));
}

TEST(Registers, TellWhatIsKnownOnTheirDay) {
  Facts facts;
  facts.operator_name = contract(std::string("Example SA"));
  facts.operator_name.expires = "2026-12-01";
  facts.storage_locations = contract(Texts{"FR"});
  facts.storage_locations.source = "annex 2";
  std::vector<store::Stated> stated{{audit::StatementKind::facts, "d", policy::facts_text(facts)}};
  auto before = make_register(Register::gdpr, {row("d")}, stated, "2026-11-30");
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_EQ(cell(*before, "recipient"), "Example SA (contract)");
  EXPECT_EQ(cell(*before, "sources"), "order form, 4.2, annex 2");
  auto after = make_register(Register::gdpr, {row("d")}, stated, "2026-12-01");
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(cell(*after, "recipient"), cell(*after, "passed on to")) << "as what nobody ever stated";
  EXPECT_EQ(cell(*after, "recipient"), "unknown") << "to be found out and written by a person";
  EXPECT_EQ(cell(*after, "stored in"), "FR (contract)");
  EXPECT_EQ(cell(*after, "sources"), "annex 2");
}

TEST(Registers, AreCsvThatNoSpreadsheetTakesForFormulas) {
  RegisterTable table{.head = {"a", "b"}, .rows = {{"x, \"y\"", "=1+1"}, {"two\nlines", "-2"}}};
  EXPECT_EQ(as_csv(table), "a,b\r\n\"x, \"\"y\"\"\",'=1+1\r\n\"two\nlines\",'-2\r\n");
  EXPECT_EQ(as_json(table), R"([{"a":"x, \"y\"","b":"=1+1"},{"a":"two\nlines","b":"-2"}])");
}

}  // namespace
}  // namespace entente::app
