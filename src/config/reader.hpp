// Reader: from a document's Node to a checked Config. Each kind of section has a function of its own; all mistakes are
// collected. Only for this room; load.hpp is the door. One thread.
#pragma once

#include <algorithm>
#include <format>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggest.hpp"
#include "config/definition.hpp"
#include "config/load.hpp"
#include "config/policy_cases.hpp"

namespace entente::config {

class Reader {
 public:
  explicit Reader(std::string_view file) : file_(file) {}

  Result<Loaded> read(const Node& root);

  // [[profiles]] and [[laws]] of a document that holds nothing else: those that come with Entente.
  Result<policy::Policies> read_builtin(const Node& root);

  // [[register]] of the register.
  Result<std::vector<Registered>> read_register(const Node& root);

  // [[cases]] of a file of cases.
  Result<std::vector<PolicyCase>> read_cases(const Node& root);

 private:
  void problem(Place place, std::string message) {
    problems_.push_back(std::format("{}:{}:{}: {}", file_, place.line, place.column, message));
  }

  std::string at(Place place) const { return std::format("{}:{}", file_, place.line); }

  void unknown(Place place, const std::string& key, std::vector<std::string> known) {
    std::string near = nearest_name(key, known);
    problem(place, near.empty() ? std::format("there is no setting \"{}\"; `entente config explain` lists them", key)
                                : std::format("there is no setting \"{}\"; did you mean \"{}\"?", key, near));
  }

  // The members of one table against the definitions of T; `skip` are read by who calls.
  template <class T>
  void read_members(T& target, const Node::Table& table, Place place, std::span<const Setting<T>> known,
                    std::string_view where, std::initializer_list<std::string_view> skip = {}) {
    for (const auto& [key, node] : table) {
      if (std::ranges::contains(skip, key)) continue;
      auto found = std::ranges::find(known, key, &Setting<T>::key);
      if (found == known.end()) {
        std::vector<std::string> names(skip.begin(), skip.end());
        for (const auto& setting : known) names.push_back(setting.key);
        unknown(node.place, key, names);
      } else if (Result<> read = found->read(target, node); !read) {
        problem(node.place, std::format("{}.{}: {}", where, key, read.error().message));
      }
    }
    for (const auto& setting : known) {
      if (setting.required &&
          std::ranges::none_of(table, [&](const auto& member) { return member.key == setting.key; })) {
        problem(place, std::format("{}: \"{}\" is missing ({})", where, setting.key, setting.words));
      }
    }
  }

  void read_sections(Config& config, const Node::Table& table, const std::string& prefix);
  void read_engine_models(const Node& node);
  void read_adapters(const Node& node);
  void read_shares(const Node& node);
  void read_providers(const Node& node);
  void read_deployments(const Node& node);
  void read_models(const Node& node);
  void read_policies(const Node& node);
  void read_quotas(const Node& node);
  void read_labels(const Node& node);
  void read_profiles(const Node& node);
  void read_laws(const Node& node);
  // The tables require, forbid and prefer of a policy, or of one article of a profile.
  std::vector<policy::Rule> read_demands(const Node::Table& table, std::string_view where);
  void check_policies();
  void complete_from_register();
  Result<> verdict() const;  // the problems, if there are any
  const Node::Table* table_of(const Node& node, std::string_view what);
  struct Entry {
    Place place;
    const Node::Table& table;
  };
  std::vector<Entry> entries_of(const Node& node, std::string_view what);  // of an array of tables
  void check_references();

  std::string_view file_;
  Loaded out_;
  std::vector<std::string> problems_;
  std::map<std::string, Place> places_;  // "deployments.here" -> where it begins
};

// The profiles and laws that come with Entente.
const policy::Policies& builtin_policies();

}  // namespace entente::config
