#include "gateway/run.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include "base/log.hpp"
#include "base/suggest.hpp"
#include "gateway/admitted.hpp"
#include "gateway/answer_digest.hpp"
#include "ledger/price.hpp"
#include "policy/failover.hpp"

namespace entente::gateway {

namespace {

Error unknown_model(const Catalogue& catalogue, std::string_view name) {
  std::vector<std::string> names;
  names.reserve(catalogue.models.size());
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

// A request that went out of this server and came back would go round for ever.
bool came_through(std::string_view via, std::string_view instance) {
  return !instance.empty() && via.contains(instance);
}

}  // namespace

// How far one try at a candidate came.
struct Gateway::Tried {
  bool outdated = false;  // the rules changed before it was sent
  bool sent = false;      // an attempt was made
  bool begun = false;     // the client has something of an answer
};

// What came of reading one stream into the sink.
struct Gateway::Pumped {
  bool begun = false;        // the sink has been told who answers
  bool reader_left = false;  // the failure is the sink's, not the provider's
  Usage usage;
  std::chrono::steady_clock::time_point sent_at;
  std::int64_t first_token_us = 0;
  AnswerDigest digest;
};

Gateway::Gateway(std::shared_ptr<store::Store> store, Providers providers, const Clock& clock, Observer observer,
                 std::string instance)
    : store_(std::move(store)),
      providers_(std::make_shared<const Providers>(std::move(providers))),
      clock_(clock),
      observer_(std::move(observer)),
      instance_(std::move(instance)) {
  replace_catalogue(std::make_shared<Catalogue>());
}

void Gateway::replace_catalogue(std::shared_ptr<const Catalogue> catalogue,
                                std::shared_ptr<const policy::Policies> policies) {
  rulebook_ =
      std::make_shared<policy::Rulebook>(std::move(catalogue), std::move(policies), policy::day_of(clock_.now()));
}

// Facts and rules have dates: what was found for yesterday is worked out again for today.
std::shared_ptr<const policy::Rulebook> Gateway::rulebook() const {
  std::shared_ptr<const policy::Rulebook> book = rulebook_.load();
  auto today = policy::day_of(clock_.now());
  while (book->day() != today) {
    auto fresh = std::make_shared<const policy::Rulebook>(book->shared_catalogue(), book->policies(), today);
    if (rulebook_.compare_exchange_strong(book, fresh)) return fresh;
  }
  return book;
}

// What was decided on, and how: `rulebook` keeps the candidates alive.
struct Gateway::Routed {
  std::shared_ptr<const policy::Rulebook> rulebook;
  policy::Decision decision;
  Error nobody;  // what the client is told when no candidate is left
};

Envelope Gateway::envelope_for(const Asked& asked) const {
  Envelope envelope = envelope_of(*asked.work);
  envelope.labels = asked.principal.labels;
  envelope.labels.insert(envelope.labels.end(), asked.labels.begin(), asked.labels.end());
  envelope.policies = asked.policies;
  return envelope;
}

Result<> Gateway::may_keep(const Asked& asked) const {
  std::shared_ptr<const policy::Rulebook> book = rulebook();
  TRY(book->check_names(asked.policies));
  Envelope envelope = envelope_for(asked);
  const Model* model = find_model(book->catalogue(), envelope.model);
  auto applied = book->applying(envelope, asked.principal, model ? model->name : envelope.model);
  if (auto refusal = policy::refusal_to_keep(applied, *book)) return fail(std::move(*refusal));
  return {};
}

Result<Gateway::Routed> Gateway::route(const Asked& asked) const {
  std::shared_ptr<const policy::Rulebook> book = rulebook();
  const Catalogue& catalogue = book->catalogue();
  TRY(book->check_names(asked.policies));
  Envelope envelope = envelope_for(asked);
  const Model* model = find_model(catalogue, envelope.model);
  if (!model) return fail(unknown_model(catalogue, envelope.model));
  policy::Decision decision = decide(asked, envelope, *model, *book);
  if (auto refusal = policy::refusal_by_policy(decision, envelope.model, *book)) return fail(std::move(*refusal));
  Error nobody{.code = ErrorCode::unavailable,
               .message = std::format("No deployment of the model '{}' can be used now.", envelope.model)};
  return Routed{std::move(book), std::move(decision), std::move(nobody)};
}

Result<std::shared_ptr<providers::Provider>> Gateway::provider_of(const Deployment& deployment) const {
  std::shared_ptr<const Providers> providers = providers_.load();
  auto provider = providers->find(deployment.provider);
  if (provider != providers->end()) return provider->second;
  return fail(ErrorCode::unavailable, std::format("The provider '{}' is not configured.", deployment.provider));
}

Task<> Gateway::run(Asked asked, Sink& sink) {
  if (came_through(asked.via, instance_)) {
    co_return fail({.code = ErrorCode::unavailable,
                    .message = "The request came back to this server: its providers lead round in a circle.",
                    .reason = "loop_detected"});
  }
  struct GivenUp {
    std::string deployment;
    Error error;
    bool sent;
  };
  std::vector<GivenUp> given_up;
  std::optional<Error> refusal;
  bool decided = false;
  while (!decided) {
    CO_TRY_ASSIGN(Routed routed, route(asked));
    decided = true;
    if (!refusal) refusal = std::move(routed.nobody);
    for (const GivenUp& one : given_up) policy::note_failure(routed.decision, one.deployment, one.error, one.sent);
    unsigned tries = 0;
    for (auto candidate = routed.decision.chosen.begin(); decided && candidate != routed.decision.chosen.end();) {
      const Deployment& deployment = **candidate;
      if (std::ranges::contains(given_up, deployment.name, &GivenUp::deployment)) {
        ++candidate;
        continue;
      }
      Tried tried;
      Result<> done = co_await try_candidate(asked, routed, deployment, sink, tried);
      if (done || tried.begun) co_return done;
      if (tried.outdated) {
        decided = false;
        break;
      }
      policy::note_failure(routed.decision, deployment.name, done.error(), tried.sent);
      policy::Next next = policy::after_failure(done.error(), tried.sent ? ++tries : 0);
      if (next == policy::Next::stop) co_return done;
      if (next == policy::Next::next_deployment) {
        given_up.push_back({deployment.name, done.error(), tried.sent});
        ++candidate;
        tries = 0;
      }
      refusal = policy::more_telling(std::move(*refusal), std::move(done.error()));
    }
  }
  co_return fail(std::move(*refusal));
}

template <class T, class Ask>
Task<T> Gateway::ask_in_order(const Asked& asked, Ask ask) {
  CO_TRY_ASSIGN(Routed routed, route(asked));
  Error refusal = std::move(routed.nobody);
  for (const Deployment* candidate : routed.decision.chosen) {
    CO_TRY_ASSIGN(auto provider, provider_of(*candidate));
    Result<T> told = co_await ask(*provider, *candidate);
    if (told || policy::after_failure(told.error(), 0) == policy::Next::stop) co_return told;
    refusal = policy::more_telling(std::move(refusal), std::move(told.error()));
  }
  co_return fail(std::move(refusal));
}

Task<std::vector<std::int32_t>> Gateway::tokens_of(const Asked& asked) {
  auto ask = [&asked](providers::Provider& provider, const Deployment& deployment) {
    return provider.tokens_of(deployment, asked.work, asked.principal);
  };
  co_return co_await ask_in_order<std::vector<std::int32_t>>(asked, ask);
}

Task<std::string> Gateway::text_of(const Asked& asked, std::vector<std::int32_t> tokens) {
  auto ask = [&](providers::Provider& provider, const Deployment& deployment) {
    return provider.text_of(deployment, tokens, asked.principal);
  };
  co_return co_await ask_in_order<std::string>(asked, ask);
}

Task<TokenizerInfo> Gateway::tokenizer_of(const Asked& asked) {
  auto ask = [&asked](providers::Provider& provider, const Deployment& deployment) {
    return provider.tokenizer_of(deployment, asked.principal);
  };
  co_return co_await ask_in_order<TokenizerInfo>(asked, ask);
}

policy::Decision Gateway::decide(const Asked& asked, const Envelope& envelope, const Model& model,
                                 const policy::Rulebook& rulebook) const {
  auto now = std::chrono::steady_clock::now();
  // Well spread, and no two alike: nobody gains by guessing it.
  std::uint64_t draw = (drawn_.fetch_add(1, std::memory_order_relaxed) + 1) * 0x9E3779B97F4A7C15ULL;
  return policy::decide(envelope, asked.principal, model, rulebook,
                        {.draw = draw ^ (draw >> 29), .first_token = [&](std::string_view deployment) {
                           return measured_.first_token(deployment, now);
                         }});
}

Task<> Gateway::try_candidate(const Asked& asked, const Routed& routed, const Deployment& candidate, Sink& sink,
                              Tried& tried) {
  std::shared_ptr<const Deployment> deployment(routed.rulebook->shared_catalogue(), &candidate);
  CO_TRY_ASSIGN(auto provider, provider_of(*deployment));
  auto on_waiting = [&](std::string what) -> Task<> {
    CO_TRY_ASSIGN(bool told, co_await sink.waiting(answering(*deployment), what));
    tried.begun = tried.begun || told;
    co_return Result<>{};
  };
  CO_TRY_ASSIGN(auto ticket, co_await provider->offer(*deployment, asked.work, asked.principal, on_waiting));
  // It may have waited long for its place: what is sent now must be allowed by the rules of now.
  if (rulebook() != routed.rulebook) {
    tried.outdated = true;
    co_return fail(ErrorCode::conflict, "The rules changed while the work waited.");
  }
  CO_TRY_ASSIGN(Admitted admitted, Admitted::admit({asked.request, asked.principal, asked.work,
                                                    policy::to_json(routed.decision), asked.via, asked.body},
                                                   {deployment, std::move(ticket)}));
  CO_TRY_ASSIGN(providers::Attempt attempt, co_await Admitted::attempt(std::move(admitted), *store_, clock_));

  // From here on an outcome is owed, whatever happens.
  tried.sent = true;
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
  tried.begun = tried.begun || pumped.begun;

  outcome.kind = answered                                                              ? store::OutcomeKind::answered
                 : pumped.reader_left || answered.error().code == ErrorCode::cancelled ? store::OutcomeKind::cancelled
                                                                                       : store::OutcomeKind::failed;
  if (!answered) outcome.error = to_string(answered.error().code);
  outcome.usage = pumped.usage;
  outcome.answer = pumped.digest.finish();
  outcome.first_token_us = pumped.first_token_us;
  outcome.duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - pumped.sent_at).count();
  // Who fails is as slow as it took to know it: the next work goes elsewhere.
  if (outcome.first_token_us > 0 || outcome.kind == store::OutcomeKind::failed) {
    measured_.first_token(
        deployment->name,
        std::chrono::microseconds(outcome.first_token_us ? outcome.first_token_us : outcome.duration_us + 10'000'000),
        std::chrono::steady_clock::now());
  }
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
    pumped.digest.add(*event);
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
