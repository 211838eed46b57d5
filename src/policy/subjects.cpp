#include "policy/subjects.hpp"

#include <algorithm>

namespace entente::policy {

namespace {

constexpr Subject all_subjects[] = {
    {"processing_locations", Kind::countries, "processes prompts in", "where it processes prompts",
     "Countries where prompts may be processed (ISO 3166 codes, or \"EU\", \"EEA\").", "[\"FR\"]"},
    {"storage_locations", Kind::countries, "stores prompts in", "where it stores prompts",
     "Countries where what is kept may lie.", "[\"EU\"]"},
    {"abuse_log_locations", Kind::countries, "keeps its abuse logs in", "where it keeps its abuse logs",
     "Countries where what is kept against abuse may lie.", "[\"EEA\"]"},
    {"control_plane_locations", Kind::countries, "is administered from", "from where it is administered",
     "Countries from where it may be administered.", "[\"EEA\"]"},
    {"operator", Kind::names, "is operated by", "who operates it", "Who may run the machines.",
     "[\"Example Hospital\"]"},
    {"operator_lei", Kind::names, "is operated by the entity", "its operator's LEI",
     "Whose Legal Entity Identifiers (ISO 17442).", "[\"529900T8BM49AURSDO55\"]"},
    {"operator_headquarters", Kind::countries, "has its operator's headquarters in",
     "where its operator's headquarters are", "Countries where the operator's headquarters may be.", "[\"EU\"]"},
    {"ultimate_parent_country", Kind::countries, "is ultimately owned from", "who ultimately owns it",
     "Countries of the operator's ultimate owner.", "[\"US\", \"CN\"]"},
    {"governing_law", Kind::countries, "is under a contract of the law of", "the law of its contract",
     "Whose law the contract may be under.", "[\"FR\"]"},
    {"sub_processors", Kind::names, "passes prompts on to", "to whom it passes prompts on",
     "To whom prompts may be passed on.", "[\"Example Hosting\"]"},
    {"certifications", Kind::holds, "is certified for", "its certifications",
     "Certifications that it must have; \"SecNumCloud\" also means \"SecNumCloud 3.2\".", "[\"HDS\"]"},
    {"max_retention_days", Kind::at_most, "keeps prompts for", "how long it keeps prompts",
     "For how many days prompts may be kept at most.", "0"},
    {"training_use", Kind::truth, "trains models with prompts", "whether it trains models with prompts",
     "Whether prompts and answers may train models.", "false"},
    {"human_review", Kind::truth, "lets people read prompts", "whether people read prompts",
     "Whether people at the operator may read prompts.", "false"},
    {"laws", Kind::laws, "is within reach of", "what decides which laws reach it",
     "Laws that must not reach it, by the names of [[laws]].", "[\"us-cloud-act\"]"},
    {"deployments", Kind::names, "is the deployment", "its name", "Deployments, by name.", "[\"here\"]"},
    {"providers", Kind::names, "is reached through", "its provider", "Providers, by name; \"local\" is this server.",
     "[\"local\"]"},
};

void fill(Known& known, const std::vector<std::string>& values) { known.values = values; }
void fill(Known& known, const std::string& value) { known.values = {value}; }
void fill(Known& known, std::int64_t number) { known.number = number; }
void fill(Known& known, bool truth) { known.truth = truth; }

}  // namespace

std::span<const Subject> subjects() { return all_subjects; }

const Subject* find_subject(std::string_view name) {
  auto found = std::ranges::find(all_subjects, name, &Subject::name);
  return found == std::ranges::end(all_subjects) ? nullptr : found;
}

std::optional<Known> known_of(const Deployment& deployment, std::string_view subject, std::string_view today) {
  if (subject == "deployments") return Known{.values = {deployment.name}, .assurance = Assurance::measured};
  if (subject == "providers") return Known{.values = {deployment.provider}, .assurance = Assurance::measured};
  std::string_view fact = subject == "max_retention_days" ? "retention_days" : subject;
  std::optional<Known> known;
  for_each_fact([&](std::string_view name, auto member) {
    if (name != fact) return;
    const auto& stated = deployment.facts.*member;
    if (!known_on(stated, today)) return;
    known.emplace().assurance = stated.assurance;
    fill(*known, *stated.value);
  });
  return known;
}

}  // namespace entente::policy
