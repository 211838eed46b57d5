// Subjects: what a rule can be about, and how it is said to a person. One table of them; the configuration reads rules
// by it, checks look facts up by it, refusals take their words from it. Pure, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/deployment.hpp"
#include "domain/facts.hpp"

namespace entente::policy {

enum class Kind {
  countries,  // one or several countries: all must be among the rule's, or none of them
  names,      // the same of names
  holds,      // a list that must hold all that the rule names
  at_most,    // a number
  truth,      // yes or no
  laws,       // of policy::Law: none of those named may reach it
};

struct Subject {
  std::string_view name;
  Kind kind;
  std::string_view does;      // "processes prompts in", before what is known
  std::string_view unstated;  // "where it processes prompts", after "does not state"
  std::string_view help;      // for the configuration's page
  std::string_view example;   // a TOML value
};

std::span<const Subject> subjects();
const Subject* find_subject(std::string_view name);

// Whether a fact was stated, and its time was not over on a day (an ISO date).
template <class T>
bool known_on(const Fact<T>& fact, std::string_view today) {
  bool over = !fact.expires.empty() && fact.expires <= today;
  return fact.value && fact.assurance != Assurance::unknown && !over;
}

// What is known of a deployment on a subject on a day. Nothing of it: unknown.
struct Known {
  std::vector<std::string> values;
  std::int64_t number = 0;
  bool truth = false;
  Assurance assurance = Assurance::unknown;
};
std::optional<Known> known_of(const Deployment& deployment, std::string_view subject, std::string_view today);

}  // namespace entente::policy
