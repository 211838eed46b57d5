#include "app/reports/registers.hpp"

#include <algorithm>
#include <map>

#include "app/terminal/output.hpp"
#include "domain/countries.hpp"
#include "policy/read_text.hpp"
#include "policy/subjects.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

using store::Processed;

constexpr std::string_view unknown = "unknown";

std::string shown(const std::vector<std::string>& value) { return value.empty() ? "none" : joined(value); }
std::string shown(const std::string& value) { return value; }
std::string shown(std::int64_t value) { return std::to_string(value); }
std::string shown(bool value) { return value ? "yes" : "no"; }

// What was not known on that day: its source is none, either.
void forget_unknown(Facts& facts, std::string_view on) {
  for_each_fact([&](std::string_view, auto at) {
    if (auto& fact = facts.*at; !policy::known_on(fact, on)) fact = {};
  });
}

// With how well it is known, because a register that hides that is worth nothing.
template <class T>
std::string shown(const Fact<T>& fact) {
  if (!fact.value) return std::string(unknown);
  return shown(*fact.value) + " (" + std::string(to_string(fact.assurance)) + ")";
}

// Where anything of it goes that is no member of the European Economic Area; unknown where any of it is.
std::string third_countries(const Facts& facts) {
  std::vector<std::string> all;
  for (const auto* places : {&facts.processing_locations, &facts.storage_locations, &facts.abuse_log_locations,
                             &facts.control_plane_locations}) {
    if (!places->value) return std::string(unknown);
    for (const std::string& place : expand_groups(*places->value)) {
      if (!std::ranges::contains(countries_of("EEA"), place) && !std::ranges::contains(all, place))
        all.push_back(place);
    }
  }
  std::ranges::sort(all);
  return shown(all);
}

std::string sources_of(const Facts& facts) {
  std::vector<std::string> all;
  for_each_fact([&](std::string_view, auto at) {
    const std::string& source = (facts.*at).source;
    if (!source.empty() && !std::ranges::contains(all, source)) all.push_back(source);
  });
  return joined(all);
}

struct Column {
  std::string_view name;
  std::string (*value)(const Processed& row, const Facts& facts);
};

std::string to_be_written(const Processed&, const Facts&) { return {}; }
std::string day_of(Instant at) { return to_rfc3339(at).substr(0, 10); }

constexpr Column gdpr[] = {
    {"controller (to be written)", to_be_written},
    {"activity", [](const Processed& row, const Facts&) { return row.tenant + "/" + row.project; }},
    {"purposes (to be written)", to_be_written},
    {"categories of persons (to be written)", to_be_written},
    {"categories of data, as labelled", [](const Processed& row, const Facts&) { return joined(row.labels); }},
    {"deployment", [](const Processed& row, const Facts&) { return row.deployment; }},
    {"recipient", [](const Processed&, const Facts& facts) { return shown(facts.operator_name); }},
    {"passed on to", [](const Processed&, const Facts& facts) { return shown(facts.sub_processors); }},
    {"processed in", [](const Processed&, const Facts& facts) { return shown(facts.processing_locations); }},
    {"stored in", [](const Processed&, const Facts& facts) { return shown(facts.storage_locations); }},
    {"third countries", [](const Processed&, const Facts& facts) { return third_countries(facts); }},
    {"safeguards", [](const Processed&, const Facts& facts) { return shown(facts.transfer_grounds); }},
    {"erased after days", [](const Processed&, const Facts& facts) { return shown(facts.retention_days); }},
    {"trains models", [](const Processed&, const Facts& facts) { return shown(facts.training_use); }},
    {"read by people", [](const Processed&, const Facts& facts) { return shown(facts.human_review); }},
    {"security measures", [](const Processed&, const Facts& facts) { return shown(facts.certifications); }},
    {"first", [](const Processed& row, const Facts&) { return day_of(row.first); }},
    {"last", [](const Processed& row, const Facts&) { return day_of(row.last); }},
    {"times", [](const Processed& row, const Facts&) { return std::to_string(row.attempts); }},
    {"sources", [](const Processed&, const Facts& facts) { return sources_of(facts); }},
};

constexpr Column dora[] = {
    {"deployment", [](const Processed& row, const Facts&) { return row.deployment; }},
    {"function", [](const Processed& row, const Facts&) { return row.tenant + "/" + row.project; }},
    {"provider", [](const Processed&, const Facts& facts) { return shown(facts.operator_name); }},
    {"LEI of the provider", [](const Processed&, const Facts& facts) { return shown(facts.operator_lei); }},
    {"country of its headquarters",
     [](const Processed&, const Facts& facts) { return shown(facts.operator_headquarters); }},
    {"country of its ultimate parent",
     [](const Processed&, const Facts& facts) { return shown(facts.ultimate_parent_country); }},
    {"B_02.02.0120 governing law", [](const Processed&, const Facts& facts) { return shown(facts.governing_law); }},
    {"B_02.02.0130 country of provision (to be written)", to_be_written},
    {"B_02.02.0150 data at rest", [](const Processed&, const Facts& facts) { return shown(facts.storage_locations); }},
    {"B_02.02.0160 processing", [](const Processed&, const Facts& facts) { return shown(facts.processing_locations); }},
    {"B_02.02.0170 sensitiveness (to be written)", to_be_written},
    {"labels of the data", [](const Processed& row, const Facts&) { return joined(row.labels); }},
    {"B_02.02.0180 reliance (to be written)", to_be_written},
    {"B_07.01.0050 substitutability (to be written)", to_be_written},
    {"B_07.01.0080 exit plan (to be written)", to_be_written},
    {"B_07.01.0100 impact of discontinuing (to be written)", to_be_written},
    {"subcontractors", [](const Processed&, const Facts& facts) { return shown(facts.sub_processors); }},
    {"times", [](const Processed& row, const Facts&) { return std::to_string(row.attempts); }},
    {"sources", [](const Processed&, const Facts& facts) { return sources_of(facts); }},
};

// Labels come from clients: what a spreadsheet would take for a formula is made a text.
std::string quoted(std::string cell) {
  std::string text = (!cell.empty() && std::string_view("=+-@\t").contains(cell.front()) ? "'" : "") + cell;
  if (text.find_first_of(",\"\r\n") == std::string_view::npos && !text.starts_with(' ')) return text;
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

Result<RegisterTable> make_register(Register form, const std::vector<Processed>& processed,
                                    const std::vector<store::Stated>& stated, std::string_view on) {
  std::map<std::string, Facts, std::less<>> facts;
  for (const store::Stated& one : stated) {
    TRY_ASSIGN(Facts read, policy::read_facts(one.text));
    forget_unknown(read, on);
    facts[one.subject] = std::move(read);
  }
  std::span<const Column> columns = form == Register::gdpr ? std::span<const Column>(gdpr) : dora;
  RegisterTable table;
  for (const Column& column : columns) table.head.emplace_back(column.name);
  for (const Processed& row : processed) {
    std::vector<std::string>& cells = table.rows.emplace_back();
    for (const Column& column : columns) cells.push_back(column.value(row, facts[row.deployment]));
  }
  return table;
}

std::string as_csv(const RegisterTable& table) {
  std::string out;
  auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i ? "," : "") + quoted(cells[i]);
    out += "\r\n";
  };
  line(table.head);
  for (const auto& row : table.rows) line(row);
  return out;
}

std::string as_json(const RegisterTable& table) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_array();
  for (const auto& row : table.rows) {
    json.begin_object();
    for (std::size_t i = 0; i < row.size(); ++i) json.key(table.head[i]).string(row[i]);
    json.end_object();
  }
  json.end_array();
  return out;
}

}  // namespace entente::app
