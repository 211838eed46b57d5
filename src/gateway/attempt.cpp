// One attempt at a deployment that has a place for the work: intent, send, stream, outcome. What a coroutine holds
// while its stream goes on is kept small: thousands of them stand at once.
#include <algorithm>

#include "base/log.hpp"
#include "gateway/admitted.hpp"
#include "gateway/answer_digest.hpp"
#include "gateway/answering.hpp"
#include "gateway/decided.hpp"
#include "gateway/run.hpp"
#include "ledger/price.hpp"
#include "policy/brief.hpp"

namespace entente::gateway {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

Answering answering_of(const Deployment& deployment, const policy::Decision& decision) {
  return {.deployment = deployment.name,
          .provider = deployment.provider,
          .place = place_of(deployment.facts),
          .provider_model = deployment.model,
          .decision = policy::in_brief(decision)};
}

// What came of reading one stream into the sink.
struct Gateway::Pumped {
  std::string attempt;
  std::shared_ptr<providers::SentTo> sent_to;
  ledger::Quotas::Held held;
  bool begun = false;        // the sink has been told who answers
  bool reader_left = false;  // the failure is the sink's, not the provider's
  Usage usage = {};
  steady_clock::time_point sent_at = steady_clock::now();
  std::int64_t first_token_us = 0;
  AnswerDigest digest = {};
  std::optional<store::SentBody> body = {};
};

Task<> Gateway::attempt(const Asked& asked, const Routed& routed, std::shared_ptr<const Deployment> deployment,
                        providers::Provider& provider, std::unique_ptr<providers::Ticket> ticket, Sink& sink,
                        Tried& tried) {
  ledger::Quotas::Held held;
  Result<providers::Attempt> ready = co_await begin_attempt(asked, routed, deployment, std::move(ticket), held);
  if (!ready) co_return fail(std::move(ready.error()));

  // From here on an outcome is owed, whatever happens.
  tried.sent = true;
  Pumped pumped{.attempt = ready->id(), .sent_to = ready->sent_to(), .held = std::move(held)};
  Result<> answered = co_await stream_into(sink, routed, *deployment, provider, *std::move(ready), pumped);
  tried.begun = tried.begun || pumped.begun;
  Result<> kept;
  if (answered && pumped.begun) kept = co_await sink.keep();
  if (pumped.begun) pumped.body = sink.sent(answered && kept);
  // The deployment has answered, and is paid, whatever came of keeping it.
  CO_TRY(co_await settle(asked, *deployment, pumped, answered));
  co_return answered ? kept : answered;
}

Task<providers::Attempt> Gateway::begin_attempt(const Asked& asked, const Routed& routed,
                                                std::shared_ptr<const Deployment> deployment,
                                                std::unique_ptr<providers::Ticket> ticket, ledger::Quotas::Held& held) {
  CO_TRY_ASSIGN(Admitted admitted, Admitted::admit({.request = asked.request,
                                                    .principal = asked.principal,
                                                    .work = asked.work,
                                                    .kind = routed.envelope.kind,
                                                    .model = routed.envelope.model,
                                                    .person = routed.envelope.subject,
                                                    .labels = routed.envelope.labels,
                                                    .decision = decided(routed.decision, routed.question),
                                                    .via = asked.via,
                                                    .body = asked.body},
                                                   {std::move(deployment), std::move(ticket)}, quotas_, clock_.now()));
  held = admitted.take_held();
  co_return co_await Admitted::attempt(std::move(admitted), *store_, clock_);
}

// The stream is destroyed here: its provider stops before the money is settled.
Task<> Gateway::stream_into(Sink& sink, const Routed& routed, const Deployment& deployment,
                            providers::Provider& provider, providers::Attempt ready, Pumped& pumped) {
  Result<std::unique_ptr<EventStream>> stream = co_await provider.send(std::move(ready));
  if (!stream) co_return fail(std::move(stream.error()));
  Result<> read = co_await pump(**stream, deployment, routed.decision, sink, pumped);
  pumped.usage = (*stream)->usage_so_far();
  co_return read;
}

// Nothing is told to the sink before there is something to tell: a provider that accepts and then fails can still be
// replaced by the next candidate.
Task<> Gateway::pump(EventStream& stream, const Deployment& deployment, const policy::Decision& decision, Sink& sink,
                     Pumped& pumped) {
  Started started;
  while (true) {
    Result<std::optional<Event>> next = co_await stream.next();
    if (!next) co_return fail(std::move(next.error()));
    if (!*next) co_return Result<>{};
    Event& event = **next;
    if (auto* said = std::get_if<Started>(&event)) {
      started = std::move(*said);
      continue;
    }
    pumped.digest.add(event);
    if (!pumped.first_token_us && is_delta(event)) {
      auto took = duration_cast<microseconds>(steady_clock::now() - pumped.sent_at);
      pumped.first_token_us = std::max<std::int64_t>(1, took.count());
    }
    Result<> told;
    if (!pumped.begun) {
      pumped.begun = true;
      told = co_await begin(sink, deployment, decision, started);
    }
    if (told) told = co_await sink.event(event);
    if (told && !stream.has_next()) told = co_await sink.flush();
    if (!told) {
      pumped.reader_left = true;
      co_return told;
    }
  }
}

Task<> Gateway::begin(Sink& sink, const Deployment& deployment, const policy::Decision& decision, Started& started) {
  Answering answering = answering_of(deployment, decision);
  answering.left_out = std::move(started.left_out);
  CO_TRY(co_await sink.begin(answering));
  co_return co_await sink.event(started);
}

Task<> Gateway::settle(const Asked& asked, const Deployment& deployment, Pumped& pumped, const Result<>& answered) {
  auto took = duration_cast<microseconds>(steady_clock::now() - pumped.sent_at);
  store::Outcome outcome{.attempt = pumped.attempt};
  outcome.kind = answered                                                              ? store::OutcomeKind::answered
                 : pumped.reader_left || answered.error().code == ErrorCode::cancelled ? store::OutcomeKind::cancelled
                                                                                       : store::OutcomeKind::failed;
  if (!answered) outcome.error = to_string(answered.error().code);
  outcome.usage = pumped.usage;
  outcome.answer = pumped.digest.finish();
  outcome.peer = pumped.sent_to->peer;
  outcome.weights = pumped.sent_to->weights;
  outcome.body = pumped.body;
  outcome.first_token_us = pumped.first_token_us;
  outcome.duration_us = took.count();
  outcome.at = clock_.now();
  // Who fails is as slow as it took to know it: the next work goes elsewhere.
  if (pumped.first_token_us > 0 || outcome.kind == store::OutcomeKind::failed) {
    microseconds slow = took + std::chrono::seconds(10);
    measured_.first_token(deployment.name, pumped.first_token_us > 0 ? microseconds(pumped.first_token_us) : slow,
                          steady_clock::now());
  }
  CO_TRY_ASSIGN(outcome.cost, ledger::cost_of(outcome.usage, deployment.price));
  pumped.held.settle(asked.principal, outcome.usage.total_tokens(), outcome.cost, outcome.at);
  observer_({asked, deployment, outcome});
  Result<> kept = co_await store_->record_outcome(outcome);
  if (!kept) {
    // The client has its answer already; the attempt will be found without outcome at the next start.
    log::error("An outcome could not be written.", {{"attempt", outcome.attempt}, {"details", kept.error().details}});
  }
  co_return Result<>{};
}

}  // namespace entente::gateway
