#include "labels/text.hpp"

#include "wire/json_writer.hpp"

namespace entente::labels {

std::string rules_text(std::span<const LabelRule> rules) {
  std::string out;
  wire::JsonWriter json(out);
  auto list = [&](std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    json.key(name).begin_array();
    for (const std::string& text : texts) json.string(text);
    json.end_array();
  };
  json.begin_array();
  for (const LabelRule& rule : rules) {
    json.begin_object();
    if (rule.looks_at_text()) json.key("at_least").number(static_cast<std::int64_t>(rule.at_least));
    list("except", rule.except);
    list("finds", rule.finds);
    list("keys", rule.keys);
    json.key("label").string(rule.label);
    list("patterns", rule.patterns);
    list("projects", rule.projects);
    list("tenants", rule.tenants);
    list("words", rule.words);
    json.end_object();
  }
  json.end_array();
  return out;
}

}  // namespace entente::labels
