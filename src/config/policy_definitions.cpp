// What can be written of policies, profiles and laws. What rules can be about comes from policy/subjects.hpp.
#include <algorithm>
#include <format>

#include "config/definition.hpp"
#include "config/kinds.hpp"
#include "policy/subjects.hpp"

namespace entente::config {

namespace {

using policy::Demand;
using policy::Kind;
using policy::Law;
using policy::Policy;
using policy::Profile;
using policy::Rule;
using policy::Subject;
using policy::When;

Result<> read_value(Rule& rule, Kind kind, const Node& node) {
  if (kind == Kind::truth) {
    TRY_ASSIGN(rule.truth, Flag().read(node));
  } else if (kind == Kind::at_most) {
    TRY_ASSIGN(std::uint32_t most, Count{}.read(node));
    rule.most = most;
  } else if (kind == Kind::countries) {
    TRY_ASSIGN(rule.values, Countries{.groups = true}.read(node));
  } else {
    TRY_ASSIGN(rule.values, Texts().read(node));
  }
  return {};
}

std::string words_of(Kind kind) {
  switch (kind) {
    case Kind::countries: return Countries{.groups = true}.words();
    case Kind::truth: return Flag().words();
    case Kind::at_most: return "days, at least 0";
    default: return Texts().words();
  }
}

std::string show_value(const Rule& rule, Kind kind) {
  return kind == Kind::truth     ? Flag().show(rule.truth)
         : kind == Kind::at_most ? std::to_string(rule.most)
                                 : Texts().show(rule.values);
}

// Some things can only be required, one only be forbidden.
bool makes_sense(Demand demand, Kind kind) {
  if (kind == Kind::laws) return demand == Demand::forbid;
  return demand != Demand::forbid || (kind != Kind::holds && kind != Kind::at_most);
}

Setting<Demands> demand_on(Demand demand, const Subject& subject) {
  return {.key = std::string(subject.name),
          .words = words_of(subject.kind),
          .help = std::string(subject.help),
          .details = {},
          .example = std::string(subject.example),
          .read = [demand, &subject](Demands& demands, const Node& node) -> Result<> {
            Rule rule{.demand = demand, .subject = std::string(subject.name)};
            TRY(read_value(rule, subject.kind, node));
            demands.rules.push_back(std::move(rule));
            return {};
          },
          .show = [demand, &subject](const Demands& demands) -> std::string {
            auto of_it = [&](const Rule& rule) { return rule.demand == demand && rule.subject == subject.name; };
            auto rule = std::ranges::find_if(demands.rules, of_it);
            return rule == demands.rules.end() ? "" : show_value(*rule, subject.kind);
          }};
}

std::vector<Setting<Demands>> demands_of(Demand demand) {
  std::vector<Setting<Demands>> all;
  for (const Subject& subject : policy::subjects()) {
    if (makes_sense(demand, subject.kind)) all.push_back(demand_on(demand, subject));
  }
  all.push_back(define<Demands>("assurance", HowKnown(), ACCESS(Demands, all.least),
                                {.help = "How well what this table asks for must be known at least.",
                                 .details = "What is known less well counts as unknown.",
                                 .example = "\"contract\""}));
  return all;
}

}  // namespace

std::span<const Setting<Demands>> demand_settings(Demand demand) {
  static const std::vector<Setting<Demands>> all[] = {demands_of(Demand::require), demands_of(Demand::forbid),
                                                      demands_of(Demand::prefer)};
  return all[static_cast<std::size_t>(demand)];
}

std::span<const Setting<Policy>> policy_settings() {
  static const std::vector<Setting<Policy>> all = {
      define<Policy>(
          "name", Text(), ACCESS(Policy, name),
          {.help = "What refusals, records and receipts call it.", .example = "\"health\"", .required = true}),
      define<Policy>("because", Text(), ACCESS(Policy, because),
                     {.help = "Why it is there, in a few words for the person who is refused.",
                      .example = "\"patients' data stay in France\""}),
      define<Policy>("profiles", Texts(), ACCESS(Policy, profiles),
                     {.help = "Profiles whose rules hold as well; `entente policy profiles` lists them.",
                      .example = "[\"fr-health\"]"}),
      define<Policy>("grounds", Texts(), ACCESS(Policy, grounds),
                     {.help = "Grounds of profiles that are given for all of this policy's work, as PROFILE:GROUND.",
                      .details = "Each lifts the rules of that profile that name it.",
                      .example = "[\"eu-transfer:consent\"]"}),
  };
  return all;
}

std::span<const Setting<When>> when_settings() {
  static const std::vector<Setting<When>> all = {
      define<When>("labels", Texts(), ACCESS(When, labels),
                   {.help = "Work with one of these labels, from its key or the header entente-labels.",
                    .example = "[\"health\"]"}),
      define<When>("models", Texts(), ACCESS(When, models),
                   {.help = "Work for one of these models; \"*\" stands for any text.", .example = "[\"assistant\"]"}),
      define<When>("tenants", Texts(), ACCESS(When, tenants),
                   {.help = "Work of one of these tenants, by name.", .example = "[\"clinic\"]"}),
      define<When>("projects", Texts(), ACCESS(When, projects),
                   {.help = "Work of one of these projects, by name.", .example = "[\"triage\"]"}),
      define<When>("keys", Texts(), ACCESS(When, keys),
                   {.help = "Work asked for with one of these keys, by name.", .example = "[\"ward 3\"]"}),
      define<When>("persons", Texts(), ACCESS(When, persons),
                   {.help = "Work for one of these persons, as the client names them (`user`, `safety_identifier`, "
                            "`metadata.user_id`).",
                    .details = "Nobody proves that the name is right.",
                    .example = "[\"p-17\"]"}),
      define<When>("from", Date(), ACCESS(When, from), {.help = "The first day.", .example = "2026-10-01"}),
      define<When>("until", Date(), ACCESS(When, until),
                   {.help = "The day on which it ends.", .example = "2027-10-01"}),
  };
  return all;
}

std::span<const Setting<Profile>> profile_settings() {
  static const std::vector<Setting<Profile>> all = {
      define<Profile>("name", Text(), ACCESS(Profile, name),
                      {.help = "What policies call it.", .example = "\"house-rules\"", .required = true}),
      define<Profile>("title", Text(), ACCESS(Profile, title),
                      {.help = "Which law or norm it is.", .example = "\"Rules of the house\"", .required = true}),
      define<Profile>("status", Text(), ACCESS(Profile, status),
                      {.help = "Whether it is in force.", .example = "\"in force since 2026-01-01\""}),
      define<Profile>("source", Text(), ACCESS(Profile, source),
                      {.help = "Where it is to be read.", .example = "\"https://example.org/rules\""}),
      define<Profile>("reviewed", Date(), ACCESS(Profile, reviewed),
                      {.help = "When somebody last compared it with its source.", .example = "2026-10-01"}),
      define<Profile>("notes", Texts(), ACCESS(Profile, notes),
                      {.help = "What no rule can hold anybody to, for who reads it.", .example = "[\"…\"]"}),
  };
  return all;
}

std::span<const Setting<Rule>> article_settings() {
  static const std::vector<Setting<Rule>> all = {
      define<Rule>("article", Text(), ACCESS(Rule, article),
                   {.help = "Where the profile's source says so.", .example = "\"GDPR art. 44\""}),
      define<Rule>("grounds", Texts(), ACCESS(Rule, grounds),
                   {.help = "Each lifts this rule where a policy or a deployment's contract gives it.",
                    .example = "[\"clauses\", \"consent\"]"}),
      define<Rule>("from", Date(), ACCESS(Rule, from),
                   {.help = "The first day on which it holds.", .example = "2027-12-02"}),
  };
  return all;
}

std::span<const Setting<Law>> law_settings() {
  static const std::vector<Setting<Law>> all = {
      define<Law>("name", Text(), ACCESS(Law, name),
                  {.help = "What rules call it.", .example = "\"us-cloud-act\"", .required = true}),
      define<Law>("title", Text(), ACCESS(Law, title),
                  {.help = "Which law it is.", .example = "\"CLOUD Act, 18 U.S.C. § 2713\"", .required = true}),
      define<Law>("countries", Countries{.groups = true}, ACCESS(Law, countries),
                  {.help = "Whose law it is.", .example = "[\"US\"]", .required = true}),
      define<Law>("by", Texts(), ACCESS(Law, by),
                  {.help = "Facts that bring a deployment within its reach, when they name one of those countries.",
                   .details = "One of them that is unknown brings it within reach as well.",
                   .example = "[\"operator_headquarters\", \"ultimate_parent_country\"]",
                   .required = true}),
      define<Law>("source", Text(), ACCESS(Law, source),
                  {.help = "Where it is to be read.", .example = "\"https://example.org/law\""}),
      define<Law>("reviewed", Date(), ACCESS(Law, reviewed),
                  {.help = "When somebody last compared it with its source.", .example = "2026-10-01"}),
  };
  return all;
}

std::span<const Setting<Registered>> register_settings() {
  static const std::vector<Setting<Registered>> all = {
      define<Registered>("name", Text(), ACCESS(Registered, name),
                         {.help = "What deployments call it.", .required = true}),
      define<Registered>("title", Text(), ACCESS(Registered, title), {.help = "What it is.", .required = true}),
      define<Registered>("note", Text(), ACCESS(Registered, note), {.help = "What it cannot know."}),
  };
  return all;
}

}  // namespace entente::config
