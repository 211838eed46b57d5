#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/commands/model_output.hpp"
#include "app/paths.hpp"
#include "app/server/hub.hpp"
#include "app/terminal/interrupt.hpp"
#include "app/terminal/output.hpp"
#include "app/terminal/transfer_line.hpp"
#include "base/log.hpp"
#include "models/pull.hpp"
#include "net/runner.hpp"

namespace entente::app {

namespace {

Result<> check_sha256(const std::string& text) {
  if (text.empty() || (text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos)) return {};
  return fail(ErrorCode::invalid_request,
              "--sha256 takes 64 hexadecimal digits in small letters, as sha256sum prints them.");
}

Error explained(Error error) {
  if (error.reason == "private_address") error.message += " --allow-private allows it.";
  if (error.code == ErrorCode::cancelled) {
    error.message = "Stopped. What has come is kept: the same command goes on from there.";
  }
  return error;
}

}  // namespace

int models_pull(const Common& common, const PullWanted& wanted) {
  auto pulled = [&]() -> Result<models::Installed> {
    TRY(check_sha256(wanted.sha256));
    TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
    models::ModelStore store(models_dir(loaded.config));
    models::Hub hub = hub_of_environment();
    TRY_ASSIGN(models::Source source, models::understand_source(wanted.what, hub));
    std::string name = wanted.name.empty() ? source.name : wanted.name;
    Interrupt interrupt;
    TransferLine fetching(std::format("Fetching {}", name));
    ProgressBar checking("Checking it");
    return net::run_blocking(
        models::pull(store, std::move(source), std::move(hub),
                     {.name = name, .sha256 = wanted.sha256, .allow_private = wanted.allow_private},
                     {.fetching = [&](std::uint64_t done, std::uint64_t total) { fetching.show(done, total); },
                      .checking =
                          [&](std::uint64_t done, std::uint64_t total) {
                            fetching.end();
                            checking.show(done, total);
                          }}),
        interrupt.token());
  }();
  if (!pulled) {
    int code = report(explained(pulled.error()), common.json);
    return pulled.error().code == ErrorCode::cancelled ? 130 : code;
  }
  common.json ? print_model_json(*pulled) : say_installed(*pulled);
  return 0;
}

}  // namespace entente::app
