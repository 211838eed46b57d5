#include "config/load.hpp"

#include <algorithm>
#include <cstdlib>
#include <format>
#include <fstream>
#include <iterator>

#include "config/reader.hpp"
#include "labels/labeller.hpp"

namespace entente::config {

const Node::Table* Reader::table_of(const Node& node, std::string_view what) {
  auto* table = std::get_if<Node::Table>(&node.value);
  if (!table) problem(node.place, std::format("{} is a table, but {} came", what, node.kind()));
  return table;
}

std::vector<Reader::Entry> Reader::entries_of(const Node& node, std::string_view what) {
  std::vector<Entry> entries;
  auto* array = std::get_if<Node::Array>(&node.value);
  if (!array) {
    problem(node.place, std::format("write [[{}]], with two brackets, once for each", what));
    return entries;
  }
  for (const Node& item : *array) {
    if (auto* table = table_of(item, std::format("[[{}]]", what))) entries.push_back({item.place, *table});
  }
  return entries;
}

// Settings outside the lists: "server.limits.body_bytes" is found by walking its tables.
void Reader::read_sections(Config& config, const Node::Table& table, const std::string& prefix) {
  for (const auto& [name, node] : table) {
    std::string key = prefix.empty() ? name : prefix + "." + name;
    if (key == "providers") {
      read_providers(node);
    } else if (key == "deployments") {
      read_deployments(node);
    } else if (key == "models") {
      read_models(node);
    } else if (key == "engine.models") {
      read_engine_models(node);
    } else if (key == "engine.adapters") {
      read_adapters(node);
    } else if (key == "engine.shares") {
      read_shares(node);
    } else if (key == "quotas") {
      read_quotas(node);
    } else if (key == "labels") {
      read_labels(node);
    } else if (key == "policies") {
      read_policies(node);
    } else if (key == "profiles") {
      read_profiles(node);
    } else if (key == "laws") {
      read_laws(node);
    } else if (key == "server.facts") {
      if (auto* facts = table_of(node, "server.facts")) {
        read_members(config.server.facts, *facts, node.place, facts_settings(), "server.facts");
        for (const auto& [fact, value] : *facts) out_.origins["server.facts." + fact] = at(value.place);
      }
    } else if (auto found = std::ranges::find(settings(), key, &Setting<Config>::key); found != settings().end()) {
      if (Result<> read = found->read(config, node); !read)
        problem(node.place, std::format("{}: {}", key, read.error().message));
      out_.origins[key] = at(node.place);
      places_[key] = node.place;
    } else if (auto* inner = std::get_if<Node::Table>(&node.value);
               inner && std::ranges::any_of(settings(), [&](const auto& s) { return s.key.starts_with(key + "."); })) {
      read_sections(config, *inner, key);
    } else {
      std::vector<std::string> known{"providers",       "deployments",   "models",       "engine.models",
                                     "engine.adapters", "engine.shares", "server.facts", "policies",
                                     "profiles",        "laws",          "quotas",       "labels"};
      for (const auto& setting : settings()) known.push_back(setting.key);
      for (std::string section :
           {"server", "log", "telemetry", "audit", "audit.witness", "engine", "server.limits", "server.tls"})
        known.push_back(section);
      unknown(node.place, key, known);
    }
  }
}

void Reader::read_engine_models(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "engine.models")) {
    EngineModel model;
    read_members(model, table, place, engine_model_settings(), "engine.models", {});
    if (!places_.emplace("engine.models." + model.name, place).second) {
      problem(place, std::format("two entries of engine.models are for \"{}\"; write one", model.name));
    }
    if (!model.draft.empty() && model.draft == model.name) {
      problem(place,
              std::format("engine.models.draft: \"{}\" would guess for itself; name a smaller model", model.draft));
    }
    out_.config.engine.models.push_back(std::move(model));
  }
}

void Reader::read_adapters(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "engine.adapters")) {
    Adapter adapter;
    read_members(adapter, table, place, adapter_settings(), "engine.adapters", {});
    if (adapter.name.contains('+')) {
      problem(place, std::format("engine.adapters.name: \"{}\" has a plus sign; choose a name without", adapter.name));
    }
    if (!places_.emplace("engine.adapters." + adapter.full_name(), place).second) {
      problem(place,
              std::format("two adapters of \"{}\" are named \"{}\"; names must differ", adapter.model, adapter.name));
    }
    out_.config.engine.adapters.push_back(std::move(adapter));
  }
}

void Reader::read_shares(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "engine.shares")) {
    EngineShare share;
    read_members(share, table, place, engine_share_settings(), "engine.shares", {});
    if (!places_.emplace("engine.shares." + share.tenant + "/" + share.project, place).second) {
      problem(place, share.project.empty()
                         ? std::format("the tenant \"{}\" has two shares; one is enough", share.tenant)
                         : std::format("the project \"{}\" of the tenant \"{}\" has two shares; one is enough",
                                       share.project, share.tenant));
    }
    out_.config.engine.shares.push_back(std::move(share));
  }
}

void Reader::read_quotas(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "quotas")) {
    Quota quota;
    read_members(quota, table, place, quota_settings(), "quotas");
    bool money = quota.nano_per_day || quota.nano_per_month;
    if (money && (quota.currency.size() != 3 ||
                  !std::ranges::all_of(quota.currency, [](char c) { return c >= 'A' && c <= 'Z'; })))
      problem(place, std::format("the quota \"{}\" needs a \"currency\", like \"EUR\"", quota.name));
    if (!money && !quota.requests_per_minute && !quota.tokens_per_minute && !quota.at_once)
      problem(place, std::format("the quota \"{}\" bounds nothing: give it requests_per_minute, tokens_per_minute, "
                                 "at_once, money_per_day or money_per_month",
                                 quota.name));
    if (!places_.emplace("quotas." + quota.name, place).second)
      problem(place, std::format("two quotas are named \"{}\"; names must differ", quota.name));
    out_.config.quotas.push_back(std::move(quota));
  }
}

void Reader::read_labels(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "labels")) {
    LabelRule rule;
    std::size_t before = problems_.size();
    read_members(rule, table, place, label_settings(), "labels");
    // What could not be read whole is told of already.
    if (Result<> good = labels::check(rule); !good && problems_.size() == before) problem(place, good.error().message);
    out_.config.labels.push_back(std::move(rule));
  }
}

void Reader::read_providers(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "providers")) {
    Provider provider;
    read_members(provider, table, place, provider_settings(), "providers", {});
    bool needs_endpoint =
        provider.kind == "openai-compatible" || provider.kind == "azure-openai" || provider.kind == "entente";
    if (provider.kind == "bedrock" && provider.region.empty())
      problem(place, std::format("the provider \"{}\" needs a \"region\", like \"eu-west-3\"", provider.name));
    if (needs_endpoint && provider.endpoint.empty()) {
      problem(place, std::format("the provider \"{}\" needs an \"endpoint\", like \"https://models.example.org/v1\"",
                                 provider.name));
    }
    if (provider.client_certificate.empty() != provider.client_key.empty()) {
      problem(place, std::format("the provider \"{}\": client_certificate and client_key belong together: set both or "
                                 "neither",
                                 provider.name));
    }
    if (!places_.emplace("providers." + provider.name, place).second) {
      problem(place, std::format("two providers are named \"{}\"; names must differ", provider.name));
    }
    out_.config.providers.push_back(std::move(provider));
  }
}

void Reader::read_deployments(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "deployments")) {
    Deployment deployment;
    read_members(deployment, table, place, deployment_settings(), "deployments", {"facts", "price"});
    for (const auto& [key, member] : table) {
      if (key == "facts") {
        if (auto* facts = table_of(member, "deployments.facts")) {
          read_members(deployment.facts, *facts, member.place, facts_settings(), "deployments.facts");
        }
      } else if (key == "price") {
        if (auto* price = table_of(member, "deployments.price")) {
          read_members(deployment.price.emplace(), *price, member.place, price_settings(), "deployments.price");
        }
      }
    }
    if (!places_.emplace("deployments." + deployment.name, place).second) {
      problem(place, std::format("two deployments are named \"{}\"; names must differ", deployment.name));
    }
    out_.config.deployments.push_back(std::move(deployment));
  }
}

void Reader::read_models(const Node& node) {
  for (const auto& [place, table] : entries_of(node, "models")) {
    Model model;
    read_members(model, table, place, model_settings(), "models", {});
    if (!places_.emplace("models." + model.name, place).second) {
      problem(place, std::format("two models are named \"{}\"; names must differ", model.name));
    }
    out_.config.models.push_back(std::move(model));
  }
}

void Reader::check_references() {
  std::vector<std::string> providers{"local"}, deployments;
  for (const Provider& provider : out_.config.providers) providers.push_back(provider.name);
  for (const Deployment& deployment : out_.config.deployments) {
    deployments.push_back(deployment.name);
    if (deployment.provider.empty() || std::ranges::contains(providers, deployment.provider)) continue;
    std::string near = nearest_name(deployment.provider, providers);
    problem(places_["deployments." + deployment.name],
            std::format("the deployment \"{}\" names the provider \"{}\", which is not configured{}", deployment.name,
                        deployment.provider, near.empty() ? "" : std::format("; did you mean \"{}\"?", near)));
  }
  std::vector<std::string> adapted;
  adapted.reserve(out_.config.engine.adapters.size());
  for (const Adapter& adapter : out_.config.engine.adapters) adapted.push_back(adapter.full_name());
  for (const Deployment& deployment : out_.config.deployments) {
    if (deployment.provider != "local" || !deployment.model.contains('+')) continue;
    if (std::ranges::contains(adapted, deployment.model)) continue;
    std::string near = nearest_name(deployment.model, adapted);
    problem(places_["deployments." + deployment.name],
            std::format("the deployment \"{}\" names \"{}\", but no such [[engine.adapters]] is configured{}",
                        deployment.name, deployment.model,
                        near.empty() ? "" : std::format("; did you mean \"{}\"?", near)));
  }
  for (const Model& model : out_.config.models) {
    for (const std::string& name : model.deployments) {
      if (std::ranges::contains(deployments, name)) continue;
      std::string near = nearest_name(name, deployments);
      problem(places_["models." + model.name],
              std::format("the model \"{}\" names the deployment \"{}\", which is not configured{}", model.name, name,
                          near.empty() ? "" : std::format("; did you mean \"{}\"?", near)));
    }
  }
  const Server& server = out_.config.server;
  if (server.tls_certificate.empty() != server.tls_key.empty()) {
    problem(places_[server.tls_key.empty() ? "server.tls.certificate" : "server.tls.key"],
            "server.tls.certificate and server.tls.key belong together: set both or neither");
  }
  for (const std::string& listener : server.unkeyed_listeners) {
    if (!std::ranges::contains(server.listen, listener))
      problem(places_["server.unkeyed_listeners"],
              std::format("server.unkeyed_listeners names \"{}\", which is not in server.listen", listener));
  }
  const Audit& audit = out_.config.audit;
  constexpr std::chrono::days least_for_accounts(62);
  if (audit.keep_accounts.count() > 0 &&
      (audit.keep.count() == 0 ||
       audit.keep_accounts < std::max<std::chrono::milliseconds>(audit.keep, least_for_accounts))) {
    problem(places_["audit.keep_accounts"],
            "audit.keep_accounts: records go first: set audit.keep, and accounts at least as long and \"62d\"");
  }
  if (!server.base_path.empty() && (!server.base_path.starts_with('/') || server.base_path.ends_with('/'))) {
    problem(places_["server.base_path"],
            std::format("server.base_path: expected a path like \"/entente\", but \"{}\" came", server.base_path));
  }
}

Result<> Reader::verdict() const {
  if (problems_.empty()) return {};
  std::string message;
  for (const std::string& line : problems_) message += (message.empty() ? "" : "\n") + line;
  return fail({.code = ErrorCode::invalid_request, .message = std::move(message), .reason = "invalid_config"});
}

Result<Loaded> Reader::read(const Node& root) {
  out_.config.policies = builtin_policies();
  read_sections(out_.config, std::get<Node::Table>(root.value), "");
  check_references();
  complete_from_register();
  check_policies();
  TRY(verdict());
  return std::move(out_);
}

Result<Loaded> load_text(std::string_view text, std::string_view file_name) {
  TRY_ASSIGN(Node root, read_toml(text, file_name));
  return Reader(file_name).read(root);
}

Result<Loaded> load_file(const std::filesystem::path& given) {
  std::filesystem::path file = given;
  if (file.empty()) {
    if (const char* named = std::getenv("ENTENTE_CONFIG"); named && *named) file = named;
  }
  constexpr const char* system_wide = "/etc/entente/entente.toml";
  if (file.empty() && std::filesystem::exists(system_wide)) file = system_wide;
  if (file.empty()) return load_text("", "");
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in) return fail(ErrorCode::not_found, std::format("The configuration file {} cannot be read.", file.string()));
  TRY_ASSIGN(Loaded loaded, load_text(text, file.string()));
  loaded.file = file;
  return loaded;
}

std::vector<std::string> restart_needed(const Config& before, const Config& after) {
  std::vector<std::string> keys;
  for (const auto& setting : settings()) {
    if (setting.applies == Applies::at_restart && setting.show(before) != setting.show(after))
      keys.push_back(setting.key);
  }
  auto shown = [](const auto& items, const auto& definitions) {
    std::string all;
    for (const auto& item : items) {
      for (const auto& setting : definitions) all += setting.show(item) + "\n";
    }
    return all;
  };
  auto differ = [&](const auto& a, const auto& b, const auto& definitions) {
    return shown(a, definitions) != shown(b, definitions);
  };
  if (differ(before.engine.models, after.engine.models, engine_model_settings())) keys.push_back("engine.models");
  if (differ(before.engine.adapters, after.engine.adapters, adapter_settings())) keys.push_back("engine.adapters");
  if (differ(before.engine.shares, after.engine.shares, engine_share_settings())) keys.push_back("engine.shares");
  return keys;
}

}  // namespace entente::config
