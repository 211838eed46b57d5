// What would be decided: for one piece of work, or for all cases of a file.
#include <algorithm>
#include <cstdio>
#include <format>

#include "app/commands/policy.hpp"
#include "app/commands/verify.hpp"
#include "app/paths.hpp"
#include "app/server/served_models.hpp"
#include "app/terminal/output.hpp"
#include "base/clock.hpp"
#include "base/suggest.hpp"
#include "config/policy_cases.hpp"
#include "labels/labeller.hpp"
#include "policy/decision.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

Result<const Model*> model_named(const policy::Rulebook& book, const std::string& name) {
  if (const Model* model = find_model(book.catalogue(), name)) return model;
  std::vector<std::string> names;
  for (const auto& [known, model] : book.catalogue().models) names.push_back(known);
  std::string near = nearest_name(name, names);
  return fail(ErrorCode::not_found, std::format("There is no model '{}'.{}", name,
                                                near.empty() ? "" : std::format(" Did you mean '{}'?", near)));
}

void print_decision(const policy::Decision& decision, const std::optional<Error>& refusal) {
  std::printf("policies: %s\n",
              decision.applied_names.empty() ? "none applies" : joined(decision.applied_names).c_str());
  std::size_t place = 0;
  for (const policy::Verdict& verdict : decision.verdicts) {
    if (verdict.allowed) {
      std::printf("%zu. %s%s\n", ++place, verdict.deployment.c_str(),
                  verdict.grounds.empty() ? "" : std::format(" (by {})", verdict.grounds).c_str());
    } else {
      std::printf("-  %s %s  [%s]\n", verdict.deployment.c_str(), verdict.reason.c_str(), verdict.rule.c_str());
    }
  }
  if (refusal) std::printf("\nA client is told (403): %s\n", refusal->message.c_str());
}

std::string as_json(const policy::Decision& decision) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("applied").begin_array();
  for (const std::string& name : decision.applied_names) json.string(name);
  json.end_array().key("candidates").begin_array();
  for (const policy::Verdict& verdict : decision.verdicts) {
    json.begin_object().key("deployment").string(verdict.deployment);
    if (!verdict.facts.empty()) json.key("facts").string(verdict.facts);
    if (!verdict.grounds.empty()) json.key("grounds").string(verdict.grounds);
    if (!verdict.reason.empty()) json.key("reason").string(verdict.reason);
    json.key("rule").string(verdict.rule);
    json.key("verdict").string(verdict.allowed ? "allowed" : "rejected").end_object();
  }
  json.end_array().key("policies").string(decision.policies).end_object();
  return out;
}

Result<std::shared_ptr<const labels::Labeller>> labeller_of(const Common& common) {
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  return labels::Labeller::make(loaded.config.labels);
}

// Adds the labels that work of somebody's is given when it says `text`.
void label(Envelope& work, const labels::Labeller& labeller, const Principal& who, std::string_view text) {
  for (const labels::Looked& looked : labeller.look_at(who, text)) {
    if (looked.given) labels::add_labels(work.labels, {{{.label = looked.rule->label, .why = {}}}});
  }
}

// What is not as the case expects, in words; empty: all is.
std::string difference(const config::PolicyCase& expected, const policy::Decision& decision) {
  std::vector<std::string> allowed;
  allowed.reserve(decision.chosen.size());
  for (const Deployment* chosen : decision.chosen) allowed.push_back(chosen->name);
  std::string first = allowed.empty() ? "" : allowed.front();
  std::ranges::sort(allowed);
  auto listed = [](const std::vector<std::string>& names) { return names.empty() ? "nobody" : joined(names); };
  if (expected.allow) {
    std::vector<std::string> wanted = *expected.allow;
    std::ranges::sort(wanted);
    if (wanted != allowed) return std::format("expected {}, but {} may take it", listed(wanted), listed(allowed));
  }
  if (!expected.first.empty() && expected.first != first)
    return std::format("expected {} to be asked first, but {} is", expected.first, first.empty() ? "nobody" : first);
  for (const std::string& name : expected.refuse) {
    auto verdict = std::ranges::find(decision.verdicts, name, &policy::Verdict::deployment);
    if (verdict == decision.verdicts.end()) return std::format("{} is no deployment of this model", name);
    if (verdict->allowed) return std::format("expected {} to be refused, but it may take it", name);
    if (!verdict->rule.contains(expected.rule))
      return std::format("{} is refused by '{}', not by '{}'", name, verdict->rule, expected.rule);
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const policy::Rulebook>> rulebook_of(const Common& common, const std::string& on) {
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  policy::Rulebook::Day day = policy::day_of(system_clock().now());
  if (!on.empty()) {
    TRY_ASSIGN(day, day_option("--on", on));
  }
  auto catalogue = served_models(loaded.config, models::ModelStore(models_dir(loaded.config)));
  return std::make_shared<const policy::Rulebook>(std::move(catalogue),
                                                  std::make_shared<policy::Policies>(loaded.config.policies), day);
}

Principal somebody(const std::string& tenant, const std::string& project, const std::string& key) {
  return {.tenant = {},
          .project = {},
          .key = {},
          .tenant_name = tenant,
          .project_name = project,
          .key_name = key,
          .labels = {}};
}

int policy_explain(const Common& common, const ExplainWanted& wanted) {
  auto told = [&]() -> Result<> {
    TRY_ASSIGN(auto book, rulebook_of(common, wanted.on));
    TRY_ASSIGN(const Model* model, model_named(*book, wanted.model));
    TRY(book->check_names(wanted.policies));
    Envelope envelope{.model = wanted.model,
                      .kind = "chat",
                      .needs = {.tools = wanted.tools, .schema = wanted.schema, .vision = wanted.vision},
                      .max_tokens = std::nullopt,
                      .labels = wanted.labels,
                      .subject = wanted.person,
                      .policies = wanted.policies};
    Principal principal = somebody(wanted.tenant, wanted.project, wanted.key);
    std::string text;
    if (!wanted.text.empty()) {
      TRY_ASSIGN(text, text_in(wanted.text));
    }
    TRY_ASSIGN(auto labeller, labeller_of(common));
    label(envelope, *labeller, principal, text);
    policy::Decision decision = policy::decide(envelope, principal, *model, *book);
    auto refusal = policy::refusal_by_policy(decision, wanted.model, *book);
    if (common.json) {
      std::printf("%s\n", as_json(decision).c_str());
    } else {
      print_decision(decision, refusal);
    }
    return {};
  }();
  return told ? 0 : report(told.error(), common.json);
}

int policy_test(const Common& common, const std::filesystem::path& file) {
  auto told = [&]() -> Result<bool> {
    TRY_ASSIGN(std::vector<config::PolicyCase> cases, config::load_policy_cases(file));
    TRY_ASSIGN(auto labeller, labeller_of(common));
    std::map<std::string, std::shared_ptr<const policy::Rulebook>> books;
    std::string json;
    wire::JsonWriter out(json);
    out.begin_array();
    std::size_t failed = 0;
    for (config::PolicyCase& one : cases) {
      label(one.work, *labeller, one.principal, one.text);
      auto& book = books[one.on];
      if (!book) {
        TRY_ASSIGN(book, rulebook_of(common, one.on));
      }
      auto model = model_named(*book, one.work.model);
      Result<> names = book->check_names(one.work.policies);
      std::string wrong = !model   ? model.error().message
                          : !names ? names.error().message
                                   : difference(one, policy::decide(one.work, one.principal, **model, *book));
      failed += !wrong.empty();
      out.begin_object().key("case").string(one.name).key("wrong").string(wrong).end_object();
      if (!common.json && !wrong.empty()) std::printf("FAILED  %s: %s\n", one.name.c_str(), wrong.c_str());
    }
    out.end_array();
    if (common.json) {
      std::printf("%s\n", json.c_str());
    } else {
      std::printf("%zu of %zu cases are decided as expected.\n", cases.size() - failed, cases.size());
    }
    return failed == 0;
  }();
  if (!told) return report(told.error(), common.json);
  return *told ? 0 : 1;
}

}  // namespace entente::app
