#include "app/server/model_pulls.hpp"

#include "app/server/hub.hpp"
#include "base/log.hpp"
#include "models/pull.hpp"
#include "net/runner.hpp"

namespace entente::app {

namespace {

constexpr std::size_t most_at_once = 4;

Result<std::string> fetch(models::ModelStore& store, models::Source source, const std::string& name,
                          api::Pulling& pulling) {
  models::PullProgress progress{
      .fetching = [&](std::uint64_t done, std::uint64_t total) { pulling.progress(done, total, false); },
      .checking = [&](std::uint64_t done, std::uint64_t total) { pulling.progress(done, total, true); }};
  models::Hub hub = hub_of_environment();
  // A hub of the operator's own may lie in a private network; nothing else that is asked for over HTTP may.
  bool own_hub = hub.endpoint != models::Hub().endpoint && source.location.starts_with(hub.endpoint + "/");
  models::PullOptions options{.name = name, .allow_private = own_hub};
  TRY_ASSIGN(models::Installed installed,
             net::run_blocking(models::pull(store, std::move(source), std::move(hub), std::move(options), progress),
                               pulling.stop().get_token()));
  return installed.name;
}

}  // namespace

ModelPulls::~ModelPulls() {
  std::list<Running> left;
  {
    std::lock_guard lock(mutex_);
    left = std::move(running_);
  }
  for (Running& one : left) one.pulling->stop().request_stop();
  for (Running& one : left) one.thread.join();
}

Result<> ModelPulls::begin(const std::string& what, std::shared_ptr<api::Pulling> pulling,
                           std::function<void()> installed) {
  TRY_ASSIGN(models::Source source, models::understand_source(what, hub_of_environment()));
  if (source.kind == models::Source::Kind::file) {
    return fail({.code = ErrorCode::invalid_request,
                 .message = "Files of the server's machine are not read over HTTP. `entente models import` takes them.",
                 .reason = "invalid_value",
                 .param = "model"});
  }
  std::string name = source.name;
  std::lock_guard lock(mutex_);
  std::erase_if(running_, [](Running& one) {
    if (!one.pulling->state().ended) return false;
    one.thread.join();
    return true;
  });
  if (running_.size() >= most_at_once) {
    return fail({.code = ErrorCode::overloaded,
                 .message = "As many models are on their way here as may be at a time. Try again later.",
                 .retry_after = std::chrono::seconds(60)});
  }
  auto work = [this, pulling, installed = std::move(installed), source = std::move(source), name]() mutable {
    Result<std::string> done = fetch(store_, std::move(source), name, *pulling);
    if (done) {
      log::info("A model was brought here.", {{"model", *done}});
      installed();
    } else {
      log::warning("A model could not be brought here.", {{"model", name}, {"why", done.error().message}});
    }
    pulling->end(std::move(done));
  };
  running_.push_back({.pulling = pulling, .thread = std::thread(std::move(work))});
  return {};
}

}  // namespace entente::app
