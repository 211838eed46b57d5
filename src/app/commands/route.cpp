// entente route explain: who would be asked for a kind of work, in order, and why not the others.
#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/commands/policy.hpp"
#include "app/paths.hpp"
#include "app/reports/json_members.hpp"
#include "app/server/running.hpp"
#include "app/shown/route_json.hpp"
#include "app/terminal/api_client.hpp"
#include "app/terminal/output.hpp"
#include "net/client.hpp"
#include "wire/json.hpp"

namespace entente::app {

namespace {

constexpr std::uint64_t usual_bytes_of_a_token = 4;

// A running server knows who is well and how quick they were; without one the configuration has to do.
Result<std::string> from_configuration(const Common& common, const RouteWanted& wanted) {
  TRY_ASSIGN(auto book, rulebook_of(common, ""));
  const Model* model = find_model(book->catalogue(), wanted.model);
  if (!model) return fail(ErrorCode::not_found, std::format("There is no model '{}'.", wanted.model));
  Envelope envelope{.model = wanted.model,
                    .kind = "chat",
                    .prompt_bytes = wanted.tokens * usual_bytes_of_a_token,
                    .needs = {.tools = wanted.tools, .schema = wanted.schema, .vision = wanted.vision}};
  return route_as_json(*model, policy::decide(envelope, {}, *model, *book), {});
}

std::string query_of(const RouteWanted& wanted) {
  return std::format("/route?model={}&tokens={}{}{}{}", net::encode_segment(wanted.model), wanted.tokens,
                     wanted.tools ? "&tools=true" : "", wanted.schema ? "&schema=true" : "",
                     wanted.vision ? "&vision=true" : "");
}

void print_route(const wire::Json& document, bool asked_a_server) {
  std::string policies;
  for (const wire::Json& name : *document.array("policies"))
    policies += (policies.empty() ? "" : ", ") + *name.as<std::string>();
  std::printf("%s, by %s; policies: %s\n", text_of(document, "model").c_str(), text_of(document, "strategy").c_str(),
              policies.empty() ? "none applies" : policies.c_str());
  std::size_t place = 0;
  for (const wire::Json& one : *document.array("candidates")) {
    std::string name = text_of(one, "deployment");
    if (!*one.find("allowed")->as<bool>()) {
      std::printf("-  %s %s  [%s]\n", name.c_str(), text_of(one, "reason").c_str(), text_of(one, "rule").c_str());
      continue;
    }
    std::string more;
    if (const wire::Json* usable = one.find("usable"); usable && !*usable->as<bool>()) more += ", rests at the moment";
    if (const wire::Json* time = one.find("first_token_ms"))
      more += std::format(", first token after {:.0f} ms", time->as<double>() ? *time->as<double>() : 0.0);
    if (std::string grounds = text_of(one, "grounds"); !grounds.empty()) more += " (by " + grounds + ")";
    std::string provider = text_of(one, "provider"), where = text_of(one, "place");
    std::printf("%zu. %s%s%s\n", ++place, name.c_str(),
                provider.empty() ? "" : std::format(": {}, {}", provider, where).c_str(), more.c_str());
  }
  if (place == 0) std::printf("Nobody would be asked.\n");
  if (!asked_a_server) std::printf("From the configuration: no server runs here that could be asked how they are.\n");
}

}  // namespace

int route_explain(const Common& common, const RouteWanted& wanted) {
  bool asked_a_server = false;
  auto told = [&]() -> Result<std::string> {
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    auto running = find_running(state_dir(loaded.config));
    std::string base = running ? reachable_url(running->addresses) : "";
    if (base.empty()) return from_configuration(common, wanted);
    asked_a_server = true;
    return get(base + query_of(wanted));
  }();
  if (!told) return report(told.error(), common.json);
  auto document = wire::parse_json(*told);
  if (!document) return report(document.error(), common.json);
  if (common.json) {
    std::printf("%s\n", told->c_str());
  } else {
    print_route(*document, asked_a_server);
  }
  return 0;
}

}  // namespace entente::app
