#include "config/policy_cases.hpp"

#include <format>
#include <fstream>
#include <iterator>

#include "config/kinds.hpp"
#include "config/reader.hpp"

namespace entente::config {

namespace {

struct TextsOrNone {
  std::string words() const { return Texts().words(); }
  Result<std::optional<std::vector<std::string>>> read(const Node& node) const { return Texts().read(node); }
  std::string show(const std::optional<std::vector<std::string>>& value) const {
    return value ? Texts().show(*value) : "";
  }
};

std::vector<Setting<PolicyCase>> all_settings() {
  using Case = PolicyCase;
  auto line = [](const char* help) { return About{.help = help}; };
  return {
      define<Case>("name", Text(), ACCESS(Case, name), {.help = "What the report calls it.", .required = true}),
      define<Case>("model", Text(), ACCESS(Case, work.model), {.help = "The model asked for.", .required = true}),
      define<Case>("labels", Texts(), ACCESS(Case, work.labels), line("Labels of the work.")),
      define<Case>("text", Text(), ACCESS(Case, text),
                   line("What the work says: labels that are found in it are added.")),
      define<Case>("person", Text(), ACCESS(Case, work.subject), line("The person behind the client.")),
      define<Case>("policies", Texts(), ACCESS(Case, work.policies), line("Policies that the client asks for.")),
      define<Case>("tools", Flag(), ACCESS(Case, work.needs.tools), line("Tools are needed.")),
      define<Case>("vision", Flag(), ACCESS(Case, work.needs.vision), line("Images are looked at.")),
      define<Case>("tenant", Text(), ACCESS(Case, principal.tenant_name), line("Who asks.")),
      define<Case>("project", Text(), ACCESS(Case, principal.project_name), line("For what.")),
      define<Case>("key", Text(), ACCESS(Case, principal.key_name), line("With which key.")),
      define<Case>("on", Date(), ACCESS(Case, on), line("The day.")),
      define<Case>("allow", TextsOrNone(), ACCESS(Case, allow), line("The deployments that are allowed.")),
      define<Case>("refuse", Texts(), ACCESS(Case, refuse), line("Deployments that are not.")),
      define<Case>("first", Text(), ACCESS(Case, first), line("The one that is asked first.")),
      define<Case>("rule", Text(), ACCESS(Case, rule), line("Text of the rule that refuses.")),
  };
}

}  // namespace

Result<std::vector<PolicyCase>> Reader::read_cases(const Node& root) {
  static const std::vector<Setting<PolicyCase>> settings = all_settings();
  std::vector<PolicyCase> cases;
  for (const auto& [key, node] : std::get<Node::Table>(root.value)) {
    if (key != "cases") {
      problem(node.place, std::format("a file of cases has [[cases]] only, but \"{}\" came", key));
      continue;
    }
    for (const auto& [place, table] : entries_of(node, "cases")) {
      PolicyCase& one = cases.emplace_back();
      read_members(one, table, place, std::span<const Setting<PolicyCase>>(settings), "cases");
      if (!one.allow && one.refuse.empty() && one.first.empty()) {
        problem(place, std::format("the case \"{}\" expects nothing; write allow, refuse or first", one.name));
      }
    }
  }
  TRY(verdict());
  return cases;
}

Result<std::vector<PolicyCase>> read_policy_cases(std::string_view text, std::string_view file_name) {
  TRY_ASSIGN(Node root, read_toml(text, file_name));
  return Reader(file_name).read_cases(root);
}

Result<std::vector<PolicyCase>> load_policy_cases(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return fail(ErrorCode::not_found, std::format("The file of cases {} cannot be read.", file.string()));
  return read_policy_cases(text, file.string());
}

}  // namespace entente::config
