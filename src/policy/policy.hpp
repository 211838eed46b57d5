// Policy: rules on facts that work must meet, and when. Values as they are written in the configuration or in the
// profiles that come with it; policy/check.hpp says what they mean, policy/rulebook.hpp applies them.
//
// Policies only narrow. Each one that applies must be met, so one more of them, from whoever may write one, never
// allows more, and their order decides nothing but which is named first. Plain values, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/facts.hpp"

namespace entente::policy {

enum class Demand { require, forbid, prefer };
std::string_view to_string(Demand demand);

// One demand on one thing that is known of a deployment.
struct Rule {
  Demand demand = Demand::require;
  std::string subject;                   // a name of policy/subjects.hpp: "processing_locations"
  std::vector<std::string> values;       // as written: codes, groups, names
  std::int64_t most = 0;                 // of "max_retention_days"
  bool truth = false;                    // of "training_use" and "human_review"
  Assurance least = Assurance::unknown;  // facts known less well than this count as unknown

  // Of a rule that is written in a profile.
  std::string article;               // "GDPR art. 44"
  std::vector<std::string> grounds;  // each lifts the rule where it is given: "clauses"
  std::string from;                  // ISO date before which it does not hold; empty: it holds
  friend bool operator==(const Rule&, const Rule&) = default;
};

// To which work a policy applies: every list that names something must hold one that fits. Nothing named: to all work.
struct When {
  std::vector<std::string> labels;
  std::vector<std::string> models;                   // as the client names them; '*' stands for any text
  std::vector<std::string> tenants, projects, keys;  // by name
  std::vector<std::string> persons;                  // as the dialect's field names them ("user")
  std::string from, until;                           // ISO dates; until: the first day on which it ends
  friend bool operator==(const When&, const When&) = default;
};

struct Policy {
  std::string name;
  std::string because;  // for a person: why it is there
  When when;
  std::vector<Rule> rules;
  std::vector<std::string> profiles;  // whose rules hold as well
  std::vector<std::string> grounds;   // given for all its work: "eu-transfer:consent"
  friend bool operator==(const Policy&, const Policy&) = default;
};

// What a law or a norm asks for, as data: each rule with its article, the whole with source and review date.
struct Profile {
  std::string name;
  std::string title;
  std::string status;  // "in force since 2018-05-25", "a proposal"
  std::string source;  // where it is to be read
  std::string reviewed;
  std::vector<std::string> notes;  // what no rule can hold anybody to
  std::vector<Rule> rules;
  friend bool operator==(const Profile&, const Profile&) = default;
};

// A law that reaches whoever has something in one of the countries: a headquarters, an owner, a machine.
struct Law {
  std::string name;
  std::string title;
  std::vector<std::string> countries;
  std::vector<std::string> by;  // subjects of countries that make it reach: "ultimate_parent_country"
  std::string source;
  std::string reviewed;
  friend bool operator==(const Law&, const Law&) = default;
};

struct Policies {
  std::vector<Policy> policies;
  std::vector<Profile> profiles;
  std::vector<Law> laws;
  friend bool operator==(const Policies&, const Policies&) = default;
};

// The policies with the profiles that they name and the laws that rules forbid; nothing else.
Policies used_of(const Policies& all);

// Everything that is asked for by name: "only-here" is always there, and keeps work on this machine.
const Policy& only_here();

}  // namespace entente::policy
