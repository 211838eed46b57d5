#include "gateway/deployments.hpp"

#include <format>

#include "gateway/run.hpp"

namespace entente::gateway {

namespace {

// Hears the answer of a test, and keeps none of it.
class Listening final : public Sink {
 public:
  Task<> begin(const Answering&) override { co_return Result<>{}; }
  Task<> event(const Event& event) override {
    if (!first_ && is_delta(event)) first_ = std::chrono::steady_clock::now();
    if (const auto* usage = std::get_if<Usage>(&event)) usage_ = *usage;
    co_return Result<>{};
  }
  const Usage& usage() const { return usage_; }
  std::chrono::steady_clock::time_point first_or(std::chrono::steady_clock::time_point now) const {
    return first_.value_or(now);
  }

 private:
  std::optional<std::chrono::steady_clock::time_point> first_;
  Usage usage_;
};

// What costs least: a word asked, a token answered.
Work smallest_work(const Deployment& deployment) {
  Chat chat;
  chat.model = deployment.name;
  chat.conversation.push_back(said(Role::user, "Hi"));
  chat.max_tokens = 1;
  return chat;
}

}  // namespace

std::vector<Able> Gateway::who_could(const Work& work) const {
  std::shared_ptr<const Catalogue> catalogue = this->catalogue();
  Needs needs = envelope_of(work).needs;
  std::vector<Able> able;
  for (const auto& [name, model] : catalogue->models) {
    for (const std::string& one : model.deployments) {
      auto deployment = catalogue->deployments.find(one);
      if (deployment == catalogue->deployments.end() || !policy::lacking(deployment->second, needs).empty()) continue;
      auto provider = provider_of(deployment->second);
      if (provider && (*provider)->can_take(work)) able.push_back({.model = name, .deployment = one});
    }
  }
  return able;
}

std::vector<DeploymentNow> Gateway::deployments_now() const {
  std::shared_ptr<const Catalogue> catalogue = this->catalogue();
  auto now = std::chrono::steady_clock::now();
  std::vector<DeploymentNow> all;
  for (const auto& [name, deployment] : catalogue->deployments) {
    DeploymentNow one{.deployment = std::shared_ptr<const Deployment>(catalogue, &deployment),
                      .health = std::nullopt,
                      .first_token = measured_.first_token(name, now)};
    if (auto provider = provider_of(deployment)) one.health = (*provider)->health(deployment);
    all.push_back(std::move(one));
  }
  return all;
}

Task<std::vector<Tested>> Gateway::test_deployment(std::string name, std::string request, Principal principal) {
  std::shared_ptr<const Catalogue> catalogue = this->catalogue();
  auto found = catalogue->deployments.find(name);
  if (found == catalogue->deployments.end()) {
    co_return fail({.code = ErrorCode::not_found,
                    .message = std::format("No deployment is named '{}'. `entente deployments` lists them.", name),
                    .reason = "unknown_deployment"});
  }
  std::shared_ptr<const Deployment> deployment(catalogue, &found->second);
  CO_TRY_ASSIGN(auto provider, provider_of(*deployment));
  auto health = provider->health(*deployment);
  std::size_t keys = health ? health->keys.size() : 1;
  Asked asked{.request = std::move(request),
              .trace = {},
              .principal = std::move(principal),
              .work = std::make_shared<const Work>(smallest_work(*deployment))};
  Routed routed{.rulebook = rulebook(),
                .model = nullptr,
                .envelope = envelope_of(*asked.work),
                .decision = {},
                .question = {},
                .allowed = {}};
  routed.decision.policies = routed.rulebook->hash();
  policy::Verdict& verdict = routed.decision.verdicts.emplace_back();
  verdict.deployment = name;
  verdict.allowed = true;
  verdict.rule = "a test of the deployment";
  std::vector<Tested> tests;
  for (std::size_t key = 0; key < keys; ++key) {
    Listening sink;
    auto begin = std::chrono::steady_clock::now();
    auto ticket = co_await provider->offer_test(*deployment, asked.work, asked.principal, key);
    Result<> done;
    Tried tried;
    if (ticket) {
      done = co_await attempt(asked, routed, deployment, *provider, std::move(*ticket), sink, tried);
    } else {
      done = fail(std::move(ticket.error()));
    }
    auto end = std::chrono::steady_clock::now();
    Tested& test = tests.emplace_back(Tested{.key = key, .error = std::nullopt, .usage = sink.usage()});
    test.whole = std::chrono::duration_cast<std::chrono::microseconds>(end - begin);
    test.first_token = std::chrono::duration_cast<std::chrono::microseconds>(sink.first_or(end) - begin);
    if (!done) test.error = std::move(done.error());
    if (test.error && test.error->code == ErrorCode::cancelled) co_return fail(*test.error);
  }
  co_return tests;
}

}  // namespace entente::gateway
