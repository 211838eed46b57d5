#include "gateway/run.hpp"

#include <format>
#include <vector>

#include "base/log.hpp"
#include "base/suggest.hpp"
#include "gateway/admitted.hpp"
#include "ledger/price.hpp"
#include "policy/decision.hpp"

namespace entente::gateway {

namespace {

Error unknown_model(const Catalogue& catalogue, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [known, model] : catalogue.models) names.push_back(known);
  std::string near = nearest_name(name, names);
  std::string hint = names.empty()  ? "No model is installed: `entente models pull NAME` brings one."
                     : near.empty() ? "GET /v1/models lists the models you may use."
                                    : std::format("Did you mean '{}'?", near);
  return {.code = ErrorCode::not_found,
          .message = std::format("The model '{}' does not exist here. {}", name.substr(0, 128), hint),
          .reason = "model_not_found",
          .param = "model"};
}

Answering answering(const Deployment& deployment) {
  return {.deployment = deployment.name,
          .provider = deployment.provider,
          .place = place_of(deployment.facts),
          .provider_model = deployment.model};
}

// A refusal that another deployment might not give.
bool worth_another_candidate(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_request:
    case ErrorCode::cancelled:
    case ErrorCode::forbidden: return false;
    default: return true;
  }
}

}  // namespace

// What came of reading one stream into the sink.
struct Gateway::Pumped {
  bool begun = false;        // the sink has been told who answers
  bool reader_left = false;  // the failure is the sink's, not the provider's
  Usage usage;
  std::chrono::steady_clock::time_point sent_at;
  std::int64_t first_token_us = 0;
};

Gateway::Gateway(std::shared_ptr<store::Store> store, Providers providers, const Clock& clock, Observer observer)
    : store_(std::move(store)), providers_(std::move(providers)), clock_(clock), observer_(std::move(observer)) {}

// What was decided on, and how: `catalogue` keeps the candidates alive.
struct Gateway::Routed {
  std::shared_ptr<const Catalogue> catalogue;
  policy::Decision decision;
  Error nobody;  // what the client is told when no candidate is left
};

Result<Gateway::Routed> Gateway::route(const Asked& asked) const {
  std::shared_ptr<const Catalogue> catalogue = catalogue_.load();
  Envelope envelope = envelope_of(*asked.work);
  envelope.labels = asked.principal.labels;
  auto model = catalogue->models.find(envelope.model);
  if (model == catalogue->models.end()) return fail(unknown_model(*catalogue, envelope.model));
  policy::Decision decision = policy::decide(envelope, asked.principal, model->second, *catalogue);
  Error nobody{.code = ErrorCode::unavailable,
               .message = std::format("No deployment of the model '{}' can be used now.", envelope.model)};
  return Routed{std::move(catalogue), std::move(decision), std::move(nobody)};
}

Result<std::shared_ptr<providers::Provider>> Gateway::provider_of(const Deployment& deployment) const {
  auto provider = providers_.find(deployment.provider);
  if (provider != providers_.end()) return provider->second;
  return fail(ErrorCode::unavailable, std::format("The provider '{}' is not configured.", deployment.provider));
}

Task<> Gateway::run(Asked asked, Sink& sink) {
  CO_TRY_ASSIGN(Routed routed, route(asked));
  std::string record = policy::to_json(routed.decision);
  Error refusal = std::move(routed.nobody);
  for (const Deployment* candidate : routed.decision.chosen) {
    bool begun = false;
    Result<> tried = co_await try_candidate(
        asked, record, std::shared_ptr<const Deployment>(routed.catalogue, candidate), sink, begun);
    if (tried || begun || !worth_another_candidate(tried.error())) co_return tried;
    refusal = std::move(tried.error());
  }
  co_return fail(std::move(refusal));
}

Task<std::int64_t> Gateway::count_tokens(const Asked& asked) {
  CO_TRY_ASSIGN(Routed routed, route(asked));
  Error refusal = std::move(routed.nobody);
  for (const Deployment* candidate : routed.decision.chosen) {
    CO_TRY_ASSIGN(auto provider, provider_of(*candidate));
    Result<std::int64_t> counted = co_await provider->count_tokens(*candidate, asked.work, asked.principal);
    if (counted || !worth_another_candidate(counted.error())) co_return counted;
    refusal = std::move(counted.error());
  }
  co_return fail(std::move(refusal));
}

Task<> Gateway::try_candidate(const Asked& asked, const std::string& decision,
                              std::shared_ptr<const Deployment> deployment, Sink& sink, bool& begun) {
  CO_TRY_ASSIGN(auto provider, provider_of(*deployment));
  auto on_waiting = [&](std::string what) -> Task<> {
    CO_TRY_ASSIGN(bool told, co_await sink.waiting(answering(*deployment), what));
    begun = begun || told;
    co_return Result<>{};
  };
  CO_TRY_ASSIGN(auto ticket, co_await provider->offer(*deployment, asked.work, asked.principal, on_waiting));
  CO_TRY_ASSIGN(Admitted admitted, Admitted::admit({asked.request, asked.principal, asked.work, decision},
                                                   {deployment, std::move(ticket)}));
  CO_TRY_ASSIGN(providers::Attempt attempt, co_await Admitted::attempt(std::move(admitted), *store_, clock_));

  // From here on an outcome is owed, whatever happens.
  Pumped pumped{.sent_at = std::chrono::steady_clock::now()};
  store::Outcome outcome{.attempt = attempt.id()};
  Result<> answered = fail(ErrorCode::internal, "The attempt did not run.");
  if (auto stream = co_await provider->send(std::move(attempt)); stream) {
    auto read = co_await pump(**stream, *deployment, sink, pumped);
    pumped.usage = (*stream)->usage_so_far();
    answered = std::move(read);
  } else {  // the stream is destroyed here: its provider stops before the money is settled
    answered = fail(stream.error());
  }
  begun = begun || pumped.begun;

  outcome.kind = answered                                                              ? store::OutcomeKind::answered
                 : pumped.reader_left || answered.error().code == ErrorCode::cancelled ? store::OutcomeKind::cancelled
                                                                                       : store::OutcomeKind::failed;
  if (!answered) outcome.error = to_string(answered.error().code);
  outcome.usage = pumped.usage;
  outcome.first_token_us = pumped.first_token_us;
  outcome.duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - pumped.sent_at).count();
  CO_TRY(co_await settle(asked, *deployment, std::move(outcome)));
  co_return answered;
}

// Nothing is told to the sink before there is something to tell: a provider that accepts and then fails can still be
// replaced by the next candidate.
Task<> Gateway::pump(EventStream& stream, const Deployment& deployment, Sink& sink, Pumped& pumped) {
  Started started;
  while (true) {
    CO_TRY_ASSIGN(std::optional<Event> event, co_await stream.next());
    if (!event) co_return Result<>{};
    if (auto* said = std::get_if<Started>(&*event)) {
      started = *said;
      continue;
    }
    if (!pumped.first_token_us && is_delta(*event)) {
      pumped.first_token_us = std::max<std::int64_t>(
          1, std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - pumped.sent_at)
                 .count());
    }
    auto told = [&]() -> Task<> {
      if (!pumped.begun) {
        pumped.begun = true;
        CO_TRY(co_await sink.begin(answering(deployment)));
        CO_TRY(co_await sink.event(started));
      }
      co_return co_await sink.event(*event);
    };
    if (Result<> done = co_await told(); !done) {
      pumped.reader_left = true;
      co_return fail(done.error());
    }
  }
}

Task<> Gateway::settle(const Asked& asked, const Deployment& deployment, store::Outcome outcome) {
  outcome.at = clock_.now();
  CO_TRY_ASSIGN(outcome.cost, ledger::cost_of(outcome.usage, deployment.price));
  observer_({asked, deployment, outcome});
  Result<> kept = co_await store_->record_outcome(outcome);
  if (!kept) {
    // The client has its answer already; the attempt will be found without outcome at the next start.
    log::error("An outcome could not be written.", {{"attempt", outcome.attempt}, {"details", kept.error().details}});
  }
  co_return Result<>{};
}

}  // namespace entente::gateway
