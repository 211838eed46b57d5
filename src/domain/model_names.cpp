#include <algorithm>

#include "domain/deployment.hpp"

namespace entente {

bool fits_pattern(std::string_view name, std::string_view pattern) {
  while (true) {
    std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return pattern == name;
    if (!name.starts_with(pattern.substr(0, star))) return false;
    name.remove_prefix(star);
    pattern.remove_prefix(star + 1);
    std::string_view next = pattern.substr(0, pattern.find('*'));
    if (next.size() == pattern.size()) return name.ends_with(next);  // the last star reaches as far as it must
    std::size_t at = name.find(next);
    if (at == std::string_view::npos) return false;
    name.remove_prefix(at);
  }
}

bool fits_any(const std::vector<std::string>& patterns, std::string_view name) {
  return patterns.empty() ||
         std::ranges::any_of(patterns, [&](const std::string& pattern) { return fits_pattern(name, pattern); });
}

namespace {

bool is_pattern(std::string_view alias) { return alias.contains('*'); }

}  // namespace

const Model* find_model(const Catalogue& catalogue, std::string_view name) {
  if (auto found = catalogue.models.find(name); found != catalogue.models.end()) return &found->second;
  const Model* best = nullptr;
  std::size_t longest = 0;
  for (const auto& [own_name, model] : catalogue.models) {
    for (const std::string& alias : model.aliases) {
      if (alias == name) return &model;
      if (!is_pattern(alias) || alias.size() <= longest || !fits_pattern(name, alias)) continue;
      best = &model;
      longest = alias.size();
    }
  }
  return best;
}

std::vector<Model> models_by_every_name(const Catalogue& catalogue) {
  std::map<std::string_view, const Model*> names;
  for (const auto& [name, model] : catalogue.models) names.emplace(name, &model);
  for (const auto& [name, model] : catalogue.models) {
    for (const std::string& alias : model.aliases) {
      if (!is_pattern(alias)) names.emplace(alias, &model);
    }
  }
  std::vector<Model> out;
  for (auto [name, model] : names) {
    out.push_back(*model);
    out.back().name = name;
  }
  return out;
}

}  // namespace entente
