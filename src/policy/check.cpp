#include "policy/check.hpp"

#include <algorithm>
#include <format>

#include "domain/countries.hpp"
#include "policy/subjects.hpp"

namespace entente::policy {

namespace {

// "FR", "FR or DE", "FR, DE or SE".
std::string listed(const std::vector<std::string>& all, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) out += i + 1 == all.size() ? std::format(" {} ", last) : ", ";
    out += all[i];
  }
  return out;
}

// What the rule asks for, after what is the case.
std::string demand_of(const Rule& rule, Kind kind) {
  std::string all = listed(rule.values, "and");
  std::string_view are = rule.values.size() == 1 ? "is" : "are";
  switch (kind) {
    case Kind::at_most: return std::format("{} days are allowed", rule.most);
    case Kind::truth: return rule.truth == (rule.demand == Demand::forbid) ? "that is forbidden" : "that is required";
    case Kind::holds: return std::format("{} {} required", all, are);
    case Kind::laws: return "that is forbidden";
    case Kind::countries:
    case Kind::names: break;
  }
  return rule.demand == Demand::forbid ? std::format("{} {} forbidden", all, are)
                                       : std::format("only {} {} allowed", all, are);
}

// "SecNumCloud" is held by "secnumcloud 3.2": the same words first, in whatever case.
bool means(std::string_view held, std::string_view wanted) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (held.size() < wanted.size() || !std::ranges::equal(held.substr(0, wanted.size()), wanted, {}, lower, lower))
    return false;
  return held.size() == wanted.size() || held[wanted.size()] == ' ' || held[wanted.size()] == ':';
}

std::string case_of(const Subject& subject, const Known& known) {
  switch (subject.kind) {
    case Kind::at_most: return std::format("{} {} days", subject.does, known.number);
    case Kind::truth: return known.truth ? std::string(subject.does) : std::format("is none that {}", subject.does);
    default: break;
  }
  if (known.values.empty()) return std::format("{} nothing", subject.does);
  return std::format("{} {}", subject.does, listed(known.values, "and"));
}

// Whether what is known meets the rule.
bool met(const Rule& rule, Kind kind, const Known& known) {
  switch (kind) {
    case Kind::at_most: return known.number <= rule.most;
    case Kind::truth: return (known.truth == rule.truth) != (rule.demand == Demand::forbid);
    case Kind::holds:
      return std::ranges::all_of(rule.values, [&](const std::string& wanted) {
        return std::ranges::any_of(known.values, [&](const std::string& held) { return means(held, wanted); });
      });
    default: break;
  }
  std::vector<std::string> named = kind == Kind::countries ? expand_groups(rule.values) : rule.values;
  auto is_named = [&](const std::string& value) { return std::ranges::contains(named, value); };
  if (rule.demand == Demand::forbid) return std::ranges::none_of(known.values, is_named);
  // Nowhere at all is a place that nobody named. Whom nothing is passed on to is fine.
  if (known.values.empty()) return rule.subject == "sub_processors" || rule.subject == "storage_locations";
  return std::ranges::all_of(known.values, is_named);
}

// A statement whose time is over was one before any day.
std::string unknown_because(const Subject& subject, const Deployment& deployment) {
  return std::format("{} state {}", known_of(deployment, subject.name, "") ? "does no longer" : "does not",
                     subject.unstated);
}

std::optional<std::string> reach_of(const Law& law, const Deployment& deployment, Assurance least,
                                    std::string_view today) {
  std::vector<std::string> countries = expand_groups(law.countries);
  for (const std::string& by : law.by) {
    const Subject* subject = find_subject(by);
    auto known = known_of(deployment, by, today);
    if (!known || known->assurance < least)
      return std::format("may be within reach of {}, as it does not state {}{}", law.name, subject->unstated,
                         known ? " well enough" : "");
    for (const std::string& value : known->values) {
      if (std::ranges::binary_search(countries, value))
        return std::format("is within reach of {}, as it {} {}", law.name, subject->does, value);
    }
  }
  return std::nullopt;
}

std::optional<std::string> failure_by_law(const Rule& rule, const Deployment& deployment, std::span<const Law> laws,
                                          std::string_view today) {
  for (const std::string& name : rule.values) {
    auto law = std::ranges::find(laws, name, &Law::name);
    if (law == laws.end()) return std::format("may be within reach of {}, which nobody described", name);
    if (auto reach = reach_of(*law, deployment, rule.least, today)) return reach;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> failure_of(const Rule& rule, const Deployment& deployment, std::span<const Law> laws,
                                      std::string_view today) {
  const Subject* subject = find_subject(rule.subject);
  if (!subject) return std::format("cannot be judged by \"{}\", which is no subject of rules", rule.subject);
  if (subject->kind == Kind::laws) {
    auto reach = failure_by_law(rule, deployment, laws, today);
    if (reach) *reach += "; " + demand_of(rule, subject->kind);
    return reach;
  }
  auto known = known_of(deployment, rule.subject, today);
  if (!known) return unknown_because(*subject, deployment) + "; " + demand_of(rule, subject->kind);
  if (known->assurance < rule.least) {
    return std::format("{} as {} only; {} is required", case_of(*subject, *known), to_string(known->assurance),
                       to_string(rule.least));
  }
  if (met(rule, subject->kind, *known)) return std::nullopt;
  return case_of(*subject, *known) + "; " + demand_of(rule, subject->kind);
}

std::string wish_of(const Rule& rule) {
  const Subject* subject = find_subject(rule.subject);
  if (!subject) return "";
  std::string wish;
  switch (subject->kind) {
    case Kind::at_most: wish = std::format("{} at most {} days", subject->does, rule.most); break;
    case Kind::truth:
      wish = rule.truth == (rule.demand == Demand::forbid) ? std::format("states that it never {}", subject->does)
                                                           : std::string(subject->does);
      break;
    case Kind::holds: wish = std::format("{} {}", subject->does, listed(rule.values, "and")); break;
    case Kind::laws: wish = std::format("is out of reach of {}", listed(rule.values, "and")); break;
    case Kind::countries:
    case Kind::names:
      wish = rule.demand == Demand::forbid ? std::format("{} none of {}", subject->does, listed(rule.values, "and"))
                                           : std::format("{} {} only", subject->does, listed(rule.values, "or"));
  }
  if (rule.least > Assurance::declared) wish += std::format(" ({})", to_string(rule.least));
  return wish;
}

}  // namespace entente::policy
