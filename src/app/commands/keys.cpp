#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/paths.hpp"
#include "app/server/running.hpp"
#include "app/terminal/output.hpp"
#include "store/store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

Result<std::shared_ptr<store::Store>> open_store(const Common& common) {
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  return store::Store::open(state_dir(loaded.config), store::Store::Role::unsealed, system_clock());
}

void write_key(wire::JsonWriter& json, const store::Key& key) {
  json.key("id")
      .string(key.id)
      .key("name")
      .string(key.name)
      .key("tenant")
      .string(key.tenant)
      .key("project")
      .string(key.project);
  json.key("hint").string(key.hint).key("labels").begin_array();
  for (const std::string& label : key.labels) json.string(label);
  json.end_array().key("created").string(to_rfc3339(key.created)).key("revoked");
  key.revoked ? json.string(to_rfc3339(*key.revoked)) : json.null();
}

Result<store::Key> find_key(store::Store& store, const std::string& id_or_name) {
  TRY_ASSIGN(auto keys, store.list_keys());
  for (const store::Key& key : keys) {
    if (!key.revoked && (key.id == id_or_name || key.name == id_or_name)) return key;
  }
  return fail(ErrorCode::not_found,
              std::format("No valid key is named {}. `entente keys list` shows them.", id_or_name));
}

// Where the server is, or will be: the configuration does not know the port when it says 0.
std::string url_of(const config::Config& config) {
  if (auto running = find_running(state_dir(config))) {
    if (std::string url = reachable_url(running->addresses); !url.empty()) return url;
  }
  return std::format("{}://{}{}", config.server.tls_certificate.empty() ? "http" : "https",
                     config.server.listen.empty() ? "127.0.0.1:8080" : config.server.listen.front(),
                     config.server.base_path);
}

}  // namespace

int keys_create(const Common& common, const CreateKey& wanted) {
  auto created = [&]() -> Result<store::CreatedKey> {
    TRY_ASSIGN(auto store, open_store(common));
    return store->create_key(
        {.name = wanted.name, .tenant = wanted.tenant, .project = wanted.project, .labels = wanted.labels});
  }();
  if (!created) return report(created.error(), common.json);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object().key("secret").string(created->secret);
    write_key(json, created->key);
    json.end_object();
    std::printf("%s\n", out.c_str());
  } else {
    std::printf("%s\n", created->secret.c_str());
    std::fprintf(stderr, "This is the only time the secret of %s is shown. Keep it.\n", created->key.name.c_str());
  }
  return 0;
}

int keys_list(const Common& common) {
  auto keys = [&]() -> Result<std::vector<store::Key>> {
    TRY_ASSIGN(auto store, open_store(common));
    return store->list_keys();
  }();
  if (!keys) return report(keys.error(), common.json);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const store::Key& key : *keys) {
      json.begin_object();
      write_key(json, key);
      json.end_object();
    }
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const store::Key& key : *keys) {
    rows.push_back({key.name, key.tenant, key.project, key.hint, to_rfc3339(key.created).substr(0, 10),
                    key.revoked ? "revoked" : "valid", key.id});
  }
  print_table({"NAME", "TENANT", "PROJECT", "SECRET", "CREATED", "STATE", "ID"}, rows);
  return 0;
}

int keys_revoke(const Common& common, const std::string& id_or_name) {
  auto revoked = [&]() -> Result<> {
    TRY_ASSIGN(auto store, open_store(common));
    return store->revoke_key(id_or_name);
  }();
  if (!revoked) return report(revoked.error(), common.json);
  std::printf(common.json ? "{\"revoked\":true}\n" : "Revoked. A running server refuses it within a second.\n");
  return 0;
}

int keys_link(const Common& common, const std::string& id_or_name) {
  auto link = [&]() -> Result<std::string> {
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    TRY_ASSIGN(auto store, store::Store::open(state_dir(loaded.config), store::Store::Role::unsealed, system_clock()));
    TRY_ASSIGN(store::Key key, find_key(*store, id_or_name));
    TRY_ASSIGN(std::string token, store->create_link(key.id, std::chrono::minutes(10)));
    return std::format("{}/#token={}", url_of(loaded.config), token);
  }();
  if (!link) return report(link.error(), common.json);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object().key("link").string(*link).key("valid_minutes").number(std::int64_t{10}).end_object();
    std::printf("%s\n", out.c_str());
  } else {
    std::printf("%s\n", link->c_str());
    std::fprintf(stderr, "The link signs one browser in, within ten minutes.\n");
  }
  return 0;
}

int usage(const Common& common, std::int64_t days) {
  auto rows = [&]() -> Result<std::vector<store::UsageRow>> {
    TRY_ASSIGN(auto store, open_store(common));
    Instant now = system_clock().now();
    return store->usage(now - std::chrono::hours(24) * days, now + std::chrono::hours(1));
  }();
  if (!rows) return report(rows.error(), common.json);
  auto money = [](const Money& cost) {
    return std::format("{}.{:09} {}", cost.nano / 1'000'000'000, cost.nano % 1'000'000'000, cost.currency);
  };
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_array();
    for (const store::UsageRow& row : *rows) {
      json.begin_object()
          .key("tenant")
          .string(row.tenant)
          .key("project")
          .string(row.project)
          .key("key")
          .string(row.key);
      json.key("attempts").number(row.attempts).key("prompt_tokens").number(row.usage.prompt_tokens);
      json.key("completion_tokens").number(row.usage.completion_tokens).key("costs").begin_array();
      for (const Money& cost : row.costs) json.string(money(cost));
      json.end_array().end_object();
    }
    json.end_array();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> table;
  for (const store::UsageRow& row : *rows) {
    std::string costs;
    for (const Money& cost : row.costs) costs += (costs.empty() ? "" : ", ") + money(cost);
    table.push_back({row.tenant, row.project, row.key, std::to_string(row.attempts),
                     std::to_string(row.usage.prompt_tokens), std::to_string(row.usage.completion_tokens),
                     costs.empty() ? "–" : costs});
  }
  print_table({"TENANT", "PROJECT", "KEY", "ATTEMPTS", "PROMPT", "ANSWER", "COST"}, table);
  return 0;
}

}  // namespace entente::app
