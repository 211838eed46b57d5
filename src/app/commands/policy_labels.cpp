// `entente policy labels`: by which rules work is given labels; and what they find in a text, before it is sent
// anywhere.
#include <algorithm>
#include <cstdio>
#include <format>

#include "app/commands/policy.hpp"
#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"
#include "config/load.hpp"
#include "labels/identifiers.hpp"
#include "labels/labeller.hpp"
#include "labels/text.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

std::string words_of(const LabelRule& rule) {
  std::string out;
  auto add = [&](std::string_view what, const std::vector<std::string>& names) {
    if (!names.empty()) out += std::format("{}{} {}", out.empty() ? "" : "; ", what, joined(names));
  };
  add("tenants", rule.tenants);
  add("projects", rule.projects);
  add("keys", rule.keys);
  if (out.empty()) out = "all work";
  add("finds", rule.finds);
  add("words", rule.words);
  add("patterns", rule.patterns);
  add("except", rule.except);
  if (rule.at_least > 1) out += std::format("; at least {} different ones", rule.at_least);
  return out;
}

void print_rules(const std::vector<LabelRule>& rules) {
  if (rules.empty()) {
    std::printf(
        "No rule gives labels: work has those of its key and of the header entente-labels. [[labels]] in the "
        "configuration adds some (docs/policies.md).\n");
  }
  for (const LabelRule& rule : rules) std::printf("%s  %s\n", bold(rule.label, 1).c_str(), words_of(rule).c_str());
  std::printf("\nWhat `finds` can look for:\n");
  for (const labels::Identifier& one : labels::identifiers()) {
    std::printf("  %-13s %s%s\n", std::string(one.name).c_str(), std::string(one.says).c_str(),
                one.group.empty() ? "" : std::format("  (also by \"{}\")", one.group).c_str());
  }
  std::printf("  %-13s pictures, sound, sealed thoughts and tokens, which nothing here reads\n",
              std::string(labels::not_text).c_str());
}

std::int64_t line_of(std::string_view text, std::string_view found) {
  return 1 + std::ranges::count(text.substr(0, static_cast<std::size_t>(found.data() - text.data())), '\n');
}

void print(const labels::Looked& looked, const Principal& who, std::string_view text) {
  const LabelRule& rule = *looked.rule;
  std::string found;
  for (const labels::Find& find : looked.finds)
    found += std::format("{}{} (line {})", found.empty() ? "" : ", ", find.says, line_of(text, find.text));
  if (!looked.given) {
    std::string few = rule.at_least > 1 && !found.empty()
                          ? std::format("{} of {} that are needed: {}", looked.finds.size(), rule.at_least, found)
                          : "nothing was found";
    std::printf("-  %s: %s\n", rule.label.c_str(), few.c_str());
  } else {
    std::printf("+  %s: %s\n", bold(rule.label, 1).c_str(),
                found.empty() ? labels::Labeller::why(looked, who).c_str() : found.c_str());
  }
}

void write(wire::JsonWriter& json, const labels::Looked& looked, std::string_view text) {
  json.begin_object().key("finds").begin_array();
  for (const labels::Find& find : looked.finds)
    json.begin_object().key("line").number(line_of(text, find.text)).key("what").string(find.says).end_object();
  json.end_array().key("given").boolean(looked.given).key("label").string(looked.rule->label).end_object();
}

}  // namespace

int policy_labels(const Common& common, const LabelsWanted& wanted) {
  auto told = [&]() -> Result<> {
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    const std::vector<LabelRule>& rules = loaded.config.labels;
    if (wanted.file.empty()) {
      if (common.json) {
        std::printf("%s\n", labels::rules_text(rules).c_str());
      } else {
        print_rules(rules);
      }
      return {};
    }
    TRY_ASSIGN(std::string text, text_in(wanted.file));
    TRY_ASSIGN(auto labeller, labels::Labeller::make(rules));
    Principal who = somebody(wanted.tenant, wanted.project, wanted.key);
    std::vector<labels::Looked> all = labeller->look_at(who, text);
    if (common.json) {
      std::string out;
      wire::JsonWriter json(out);
      json.begin_array();
      for (const labels::Looked& looked : all) write(json, looked, text);
      json.end_array();
      std::printf("%s\n", out.c_str());
      return {};
    }
    if (all.empty()) std::printf("No rule is for this work.\n");
    for (const labels::Looked& looked : all) print(looked, who, text);
    return {};
  }();
  return told ? 0 : report(told.error(), common.json);
}

}  // namespace entente::app
