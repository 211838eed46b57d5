// entente deployments: where work can be sent, how that goes at the moment, and whether it would go now.
#include <cstdio>
#include <format>

#include "app/commands/ask_running.hpp"
#include "app/commands/commands.hpp"
#include "app/reports/json_members.hpp"
#include "app/terminal/api_client.hpp"
#include "app/terminal/output.hpp"
#include "net/client.hpp"
#include "wire/json.hpp"

namespace entente::app {

namespace {

std::string in_seconds(std::int64_t ms) {
  return ms < 10'000 ? std::format("{:.1f} s", static_cast<double>(ms) / 1e3) : std::format("{} s", (ms + 999) / 1000);
}

std::string state_of(const wire::Json& deployment) {
  std::string breaker = text_of(deployment, "breaker");
  if (breaker.empty()) return "here";
  if (breaker == "open")
    return std::format("failed {} times, rests {}", whole_of(deployment, "failures"),
                       in_seconds(whole_of(deployment, "rests_ms")));
  if (breaker == "half-open") return "failed, tried again with the next work";
  const bool* usable = deployment.find("usable") ? deployment.find("usable")->as<bool>() : nullptr;
  return usable && !*usable ? "no key can be used" : "in order";
}

std::string keys_of(const wire::Json& deployment) {
  const wire::Json::Array* keys = deployment.array("keys");
  if (!keys) return "–";
  std::string out;
  for (std::size_t i = 0; i < keys->size(); ++i) {
    const wire::Json& key = (*keys)[i];
    std::int64_t rests = whole_of(key, "rests_ms");
    if (rests == 0) continue;
    const bool* refused = key.find("refused")->as<bool>();
    out += std::format("{}key {} {} for {}", out.empty() ? "" : ", ", i + 1,
                       refused && *refused ? "was refused, rests" : "rests", in_seconds(rests));
  }
  return out.empty() ? std::format("{} good", keys->size()) : out;
}

std::string first_token_of(const wire::Json& deployment) {
  // While it fails, what routing reckons with is no time that anything took.
  const wire::Json* found = deployment.find("first_token_ms");
  if (!found || whole_of(deployment, "failures") > 0) return "–";
  if (auto* decimal = found->as<double>()) return std::format("{:.0f} ms", *decimal);
  return std::format("{} ms", *found->as<std::int64_t>());
}

void print_list(const wire::Json& document) {
  std::vector<std::vector<std::string>> rows;
  for (const wire::Json& one : *document.array("deployments")) {
    std::int64_t most = whole_of(one, "most_running"), waiting = whole_of(one, "waiting");
    rows.push_back({text_of(one, "deployment"), text_of(one, "provider"), text_of(one, "model"), text_of(one, "place"),
                    state_of(one), keys_of(one),
                    std::format("{}{}{}", whole_of(one, "running"), most > 0 ? std::format(" of {}", most) : "",
                                waiting > 0 ? std::format(", {} wait", waiting) : ""),
                    first_token_of(one)});
  }
  if (rows.empty()) return void(std::printf("No deployment is configured, and no model is installed.\n"));
  print_table({"DEPLOYMENT", "PROVIDER", "MODEL", "PLACE", "STATE", "KEYS", "RUNNING", "FIRST TOKEN"}, rows);
}

bool print_tests(const wire::Json& document, const std::string& name) {
  bool all = true;
  for (const wire::Json& test : *document.array("tests")) {
    std::string key = std::format("key {}", whole_of(test, "key"));
    if (const wire::Json* error = test.find("error")) {
      all = false;
      std::printf("%s, %s: %s\n", name.c_str(), key.c_str(), text_of(*error, "message").c_str());
      if (std::string details = text_of(*error, "details"); !details.empty()) std::printf("  %s\n", details.c_str());
    } else {
      std::printf("%s, %s: answers, first token after %.0f ms, %lld tokens read and %lld written\n", name.c_str(),
                  key.c_str(), static_cast<double>(whole_of(test, "first_token_us")) / 1e3,
                  static_cast<long long>(whole_of(test, "prompt_tokens")),
                  static_cast<long long>(whole_of(test, "completion_tokens")));
    }
  }
  return all;
}

}  // namespace

int deployments_list(const Common& common) { return show_running(common, "/deployments", print_list); }

int deployments_test(const Common& common, const std::string& name) {
  auto told = [&]() -> Result<std::string> {
    TRY_ASSIGN(std::string base, url_of_running(common));
    return post(base + "/deployments/test/" + net::encode_segment(name));
  }();
  if (!told) return report(told.error(), common.json);
  auto document = wire::parse_json(*told);
  if (!document) return report(document.error(), common.json);
  if (common.json) std::printf("%s\n", told->c_str());
  bool all = true;
  if (common.json) {
    for (const wire::Json& test : *document->array("tests")) all = all && !test.find("error");
  } else {
    all = print_tests(*document, name);
  }
  return all ? 0 : 1;
}

}  // namespace entente::app
