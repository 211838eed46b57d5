// `entente policy register`: what comes with Entente of what providers say of themselves.
#include <algorithm>
#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/terminal/output.hpp"
#include "base/suggest.hpp"
#include "config/definition.hpp"
#include "policy/text.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

int policy_register(const Common& common, const std::string& name) {
  std::vector<config::Registered> all = config::provider_register();
  if (!name.empty()) {
    std::vector<std::string> names;
    names.reserve(all.size());
    for (const config::Registered& one : all) names.push_back(one.name);
    std::erase_if(all, [&](const config::Registered& one) { return one.name != name; });
    if (all.empty()) {
      std::string near = nearest_name(name, names);
      return report({.code = ErrorCode::not_found,
                     .message = std::format("The register has no entry '{}'.{}", name,
                                            near.empty() ? "" : std::format(" Did you mean '{}'?", near))},
                    common.json);
    }
  }
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const config::Registered& one : all) {
      json.begin_object().key("name").string(one.name).key("title").string(one.title).key("note").string(one.note);
      json.key("facts").raw(policy::facts_text(one.facts)).end_object();
    }
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  for (const config::Registered& one : all) {
    std::printf("%s: %s\n", bold(one.name, 1).c_str(), one.title.c_str());
    for (const auto& fact : config::facts_settings()) {
      std::string shown = fact.show(one.facts);
      if (shown != fact.show(Facts{})) std::printf("  %s = %s\n", fact.key.c_str(), shown.c_str());
    }
    std::printf("  note: %s\n", one.note.c_str());
  }
  std::printf(
      "\nA starting point, not advice: what public pages said on the day of review, all of it declared. What you state "
      "with a deployment goes before it.\n");
  return 0;
}

}  // namespace entente::app
