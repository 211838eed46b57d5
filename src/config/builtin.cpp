// The data that come with Entente, read by the grammar that a configuration has: profiles and laws, and the register of
// what providers say of themselves.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <format>

#include "config/reader.hpp"

#ifdef __clang__
#pragma clang diagnostic ignored "-Wc23-extensions"  // #embed is C++26's, too
#endif

namespace entente::config {

namespace {

constexpr unsigned char profiles_file[] = {
#embed "profiles.toml"
};
constexpr unsigned char register_file[] = {
#embed "register.toml"
};

// They are part of the program, and tests read them: what is wrong with them is a mistake of ours.
template <class T>
T read_or_die(std::span<const unsigned char> bytes, std::string_view name, Result<T> (Reader::*read)(const Node&)) {
  auto root = read_toml(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name);
  Reader reader(name);
  auto value = root ? (reader.*read)(*root) : Result<T>(fail(root.error()));
  if (value) return *std::move(value);
  std::fprintf(stderr, "entente: %s\n", value.error().message.c_str());
  std::abort();
}

}  // namespace

const policy::Policies& builtin_policies() {
  static const auto all = read_or_die(profiles_file, "profiles.toml", &Reader::read_builtin);
  return all;
}

const std::vector<Registered>& provider_register() {
  static const auto all = read_or_die(register_file, "register.toml", &Reader::read_register);
  return all;
}

Result<std::vector<Registered>> Reader::read_register(const Node& root) {
  std::vector<Registered> all;
  for (const auto& [key, node] : std::get<Node::Table>(root.value)) {
    for (const auto& [place, table] : entries_of(node, key)) {
      Registered& one = all.emplace_back();
      read_members(one, table, place, register_settings(), "register", {"facts"});
      for (const auto& [name, member] : table) {
        if (name != "facts") continue;
        if (auto* facts = table_of(member, "register.facts"))
          read_members(one.facts, *facts, member.place, facts_settings(), "register.facts");
      }
    }
  }
  TRY(verdict());
  return all;
}

void Reader::complete_from_register() {
  std::vector<std::string> names;
  for (const Registered& one : provider_register()) names.push_back(one.name);
  for (Deployment& deployment : out_.config.deployments) {
    if (deployment.registered.empty()) continue;
    auto found = std::ranges::find(provider_register(), deployment.registered, &Registered::name);
    if (found != provider_register().end()) {
      deployment.facts = completed(std::move(deployment.facts), found->facts);
      continue;
    }
    std::string near = nearest_name(deployment.registered, names);
    problem(
        places_["deployments." + deployment.name],
        std::format("the deployment \"{}\" names the register's entry \"{}\", which is not there{}", deployment.name,
                    deployment.registered, near.empty() ? "" : std::format("; did you mean \"{}\"?", near)));
  }
}

}  // namespace entente::config
