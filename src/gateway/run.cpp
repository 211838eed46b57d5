#include "gateway/run.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include "base/id.hpp"
#include "base/suggest.hpp"
#include "gateway/addresses.hpp"
#include "gateway/answering.hpp"
#include "gateway/decided.hpp"
#include "gateway/held_answer.hpp"
#include "gateway/passed_fields.hpp"
#include "policy/brief.hpp"
#include "policy/failover.hpp"
#include "policy/preferences.hpp"
#include "policy/record.hpp"

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

// A request that went out of this server and came back would go round for ever.
bool came_through(std::string_view via, std::string_view instance) {
  return !instance.empty() && via.contains(instance);
}

// Of the labels that rules gave and that the applied policies go by: a sentence each, for who wonders why they apply.
std::string why_labelled(const std::vector<labels::Given>& given, std::span<const std::uint32_t> applied,
                         const policy::Rulebook& book) {
  std::string out;
  for (const labels::Given& one : given) {
    bool asked_for = std::ranges::any_of(applied, [&](std::uint32_t number) {
      return std::ranges::contains(book.policy(number).when.labels, one.label);
    });
    if (asked_for) out += std::format(" The work is labelled '{}', because {}.", one.label, one.why);
  }
  return out;
}

}  // namespace

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
                                std::shared_ptr<const policy::Policies> policies,
                                std::shared_ptr<const labels::Labeller> labeller) {
  policy::Rulebook book(std::move(catalogue), std::move(policies), policy::day_of(clock_.now()));
  rules_ = std::make_shared<const Rules>(std::move(book), std::move(labeller));
}

// Facts and rules have dates: what was found for yesterday is worked out again for today.
std::shared_ptr<const Gateway::Rules> Gateway::rules() const {
  std::shared_ptr<const Rules> rules = rules_.load();
  auto today = policy::day_of(clock_.now());
  while (rules->book.day() != today) {
    policy::Rulebook book(rules->book.shared_catalogue(), rules->book.policies(), today);
    auto fresh = std::make_shared<const Rules>(std::move(book), rules->labeller);
    if (rules_.compare_exchange_strong(rules, fresh)) return fresh;
  }
  return rules;
}

Gateway::Labelled Gateway::envelope_for(const Asked& asked, const labels::Labeller& labeller) {
  Labelled out{.envelope = envelope_of(*asked.work), .given = labeller.labels_of(asked.principal, *asked.work)};
  out.envelope.labels = asked.principal.labels;
  out.envelope.labels.insert(out.envelope.labels.end(), asked.labels.begin(), asked.labels.end());
  labels::add_labels(out.envelope.labels, out.given);
  out.envelope.policies = asked.policies;
  return out;
}

Result<> Gateway::may_keep(const Asked& asked) const {
  std::shared_ptr<const Rules> rules = this->rules();
  const policy::Rulebook& book = rules->book;
  TRY(book.check_names(asked.policies));
  auto [envelope, given] = envelope_for(asked, *rules->labeller);
  const Model* model = find_model(book.catalogue(), envelope.model);
  auto applied = book.applying(envelope, asked.principal, model ? model->name : envelope.model);
  if (auto refusal = policy::refusal_to_keep(applied, book)) {
    refusal->message += why_labelled(given, applied, book);
    return fail(std::move(*refusal));
  }
  return {};
}

Result<Gateway::Routed> Gateway::route(const Asked& asked) const {
  std::shared_ptr<const Rules> rules = this->rules();
  std::shared_ptr<const policy::Rulebook> book(rules, &rules->book);
  const Catalogue& catalogue = book->catalogue();
  TRY(book->check_names(asked.policies));
  auto [envelope, given] = envelope_for(asked, *rules->labeller);
  const Model* model = find_model(catalogue, envelope.model);
  if (!model) return fail(unknown_model(catalogue, envelope.model));
  policy::Decision decision = decide(asked.principal, envelope, *model, *book);
  auto refused = policy::refusal_by_policy(decision, envelope.model, *book);
  if (refused) refused->message += why_labelled(given, decision.applied, *book);
  if (!refused && !addresses_.load(std::memory_order_relaxed)) refused = refusal_of_addresses(*asked.work, decision);
  if (!refused) refused = refusal_of_passed_fields(*asked.work, decision);
  if (auto refusal = policy::refusal_by_preferences(decision, envelope.model)) return fail(std::move(*refusal));
  return Routed{.rulebook = std::move(book),
                .model = model,
                .envelope = std::move(envelope),
                .decision = std::move(decision),
                .question = {},
                .allowed = refused ? fail(*std::move(refused)) : Result<>()};
}

Error Gateway::Routed::nobody() const {
  return {.code = ErrorCode::unavailable,
          .message = std::format("No deployment of the model '{}' can be used now.", envelope.model)};
}

// What is refused is written down like what is sent: whoever was refused has a receipt for it.
Task<Gateway::Routed> Gateway::route_for_sending(const Asked& asked) {
  CO_TRY_ASSIGN(Routed routed, route(asked));
  routed.question =
      policy::question_text(routed.decision, routed.envelope, asked.principal, *routed.model, *routed.rulebook);
  if (routed.allowed) co_return std::move(routed);
  const Error& refused = routed.allowed.error();
  Instant now = clock_.now();
  CO_TRY(co_await store_->record_refusal({.refusal = make_id("ref", now),
                                          .request = asked.request,
                                          .principal = asked.principal,
                                          .kind = std::move(routed.envelope.kind),
                                          .model = std::move(routed.envelope.model),
                                          .decision = decided(routed.decision, routed.question),
                                          .person = std::move(routed.envelope.subject),
                                          .labels = std::move(routed.envelope.labels),
                                          .error = refused.message,
                                          .reason = refused.reason,
                                          .asked = asked.body,
                                          .at = now}));
  co_return std::move(routed.allowed).failure();
}

Result<std::shared_ptr<providers::Provider>> Gateway::provider_of(const Deployment& deployment) const {
  std::shared_ptr<const Providers> providers = providers_.load();
  auto provider = providers->find(deployment.provider);
  if (provider != providers->end()) return provider->second;
  return fail(ErrorCode::unavailable, std::format("The provider '{}' is not configured.", deployment.provider));
}

Task<> Gateway::run(const Asked& asked, Sink& sink) {
  if (came_through(asked.via, instance_)) {
    co_return fail({.code = ErrorCode::unavailable,
                    .message = "The request came back to this server: its providers lead round in a circle.",
                    .reason = "loop_detected"});
  }
  CO_TRY_ASSIGN(ledger::Quotas::Entered entered, quotas_.enter(asked.principal, clock_.now()));
  while (true) {
    Result<Routed> routed = co_await route_for_sending(asked);
    if (!routed) co_return fail(std::move(routed.error()));
    auto after = hedge_time(*routed);
    if (!after) co_return co_await run_in_order(asked, *routed, sink);
    bool outdated = false;
    Result<> done = co_await run_hedged(asked, *routed, *after, sink, outdated);
    if (!outdated) co_return done;
  }
}

Task<> Gateway::decide_again(const Asked& asked, const std::vector<GivenUp>& given_up, Routed& routed) {
  CO_TRY_ASSIGN(routed, co_await route_for_sending(asked));
  for (const GivenUp& one : given_up) policy::note_failure(routed.decision, one.deployment, one.error, one.sent);
  co_return Result<>{};
}

Task<> Gateway::run_in_order(const Asked& asked, Routed& routed, Sink& sink) {
  std::vector<GivenUp> given_up;
  std::unique_ptr<HeldAnswer> best;  // of a cascade: better than none
  Result<> refusal;                  // the most telling one
  while (true) {
    bool outdated = false;
    unsigned tries = 0;
    for (auto candidate = routed.decision.chosen.begin(); !outdated && candidate != routed.decision.chosen.end();) {
      const Deployment& deployment = **candidate;
      if (std::ranges::contains(given_up, deployment.name, &GivenUp::deployment)) {
        ++candidate;
        continue;
      }
      Tried tried;
      bool may_step_up =
          routed.model->strategy == Strategy::cascade && std::next(candidate) != routed.decision.chosen.end();
      auto held = may_step_up ? std::make_unique<HeldAnswer>(sink) : nullptr;
      Result<> done = co_await try_candidate(asked, routed, deployment, held ? static_cast<Sink&>(*held) : sink, tried);
      if (held && !held->shown()) {
        tried.begun = false;  // nothing has reached the client
        if (done && held->good_enough()) co_return co_await held->show_whole();
        if (done) {
          if (!best || held->said()) best = std::move(held);
          done = fail({.code = ErrorCode::upstream_failed,
                       .message = "The answer of a small model was not good enough.",
                       .reason = "not_good_enough"});
        }
      }
      if (done || tried.begun) co_return done;
      if (tried.outdated) {
        outdated = true;
        continue;
      }
      policy::note_failure(routed.decision, deployment.name, done.error(), tried.sent);
      policy::Next next =
          policy::after_failure(done.error(), tried.sent ? ++tries : 0, routed.model->content_filter_next);
      if (next == policy::Next::stop) co_return done;
      if (next == policy::Next::next_deployment) {
        given_up.push_back({deployment.name, done.error(), tried.sent});
        ++candidate;
        tries = 0;
      }
      refusal =
          fail(policy::more_telling(refusal ? routed.nobody() : std::move(refusal.error()), std::move(done.error())));
    }
    if (!outdated && best) co_return co_await best->show_whole();
    if (!outdated) co_return refusal ? fail(routed.nobody()) : std::move(refusal);
    CO_TRY(co_await decide_again(asked, given_up, routed));
  }
}

template <class T, class Ask>
Task<T> Gateway::ask_in_order(const Asked& asked, Ask ask) {
  CO_TRY_ASSIGN(Routed routed, route(asked));
  CO_TRY(std::move(routed.allowed));
  Error refusal = routed.nobody();
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

policy::Decision Gateway::decide(const Principal& principal, const Envelope& envelope, const Model& model,
                                 const policy::Rulebook& rulebook) const {
  auto now = std::chrono::steady_clock::now();
  // Well spread, and no two alike: nobody gains by guessing it. A session that stays is drawn as it was.
  std::uint64_t draw = (drawn_.fetch_add(1, std::memory_order_relaxed) + 1) * 0x9E3779B97F4A7C15ULL;
  draw ^= draw >> 29;
  if (model.sticky && !envelope.session.empty()) draw = policy::draw_of(principal.tenant, envelope.session);
  return policy::decide(envelope, principal, model, rulebook, {.draw = draw, .first_token = [&](std::string_view name) {
                                                                 return measured_.first_token(name, now);
                                                               }});
}

Result<Gateway::Explained> Gateway::explain(const Envelope& envelope, const Principal& principal) const {
  std::shared_ptr<const Rules> rules = this->rules();
  std::shared_ptr<const policy::Rulebook> book(rules, &rules->book);
  TRY(book->check_names(envelope.policies));
  const Model* model = find_model(book->catalogue(), envelope.model);
  if (!model) return fail(unknown_model(book->catalogue(), envelope.model));
  Envelope labelled = envelope;
  labels::add_labels(labelled.labels, rules->labeller->labels_of(principal));
  policy::Decision decision = decide(principal, labelled, *model, *book);
  return Explained{std::move(book), model, std::move(decision)};
}

Task<> Gateway::try_candidate(const Asked& asked, const Routed& routed, const Deployment& candidate, Sink& sink,
                              Tried& tried) {
  std::shared_ptr<const Deployment> deployment(routed.rulebook, &candidate);
  CO_TRY_ASSIGN(auto provider, provider_of(*deployment));
  auto on_waiting = [&](std::string what) -> Task<> {
    CO_TRY_ASSIGN(bool told, co_await sink.waiting(answering_of(*deployment, routed.decision), what));
    tried.begun = tried.begun || told;
    co_return Result<>{};
  };
  CO_TRY_ASSIGN(auto ticket, co_await provider->offer(*deployment, asked.work, asked.principal, on_waiting));
  // It may have waited long for its place: what is sent now must be allowed by the rules of now.
  if (rulebook() != routed.rulebook) {
    tried.outdated = true;
    co_return fail(ErrorCode::conflict, "The rules changed while the work waited.");
  }
  co_return co_await attempt(asked, routed, std::move(deployment), *provider, std::move(ticket), sink, tried);
}

}  // namespace entente::gateway
