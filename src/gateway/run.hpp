// Gateway: takes a piece of work from whoever asks to whoever answers, and settles what it cost.
//
// run() decides, asks the candidates in order, writes the intent, sends, streams into the Sink and settles; it returns
// when the outcome is on disk. It fails over to the next candidate only while nothing has reached the Sink. Its error
// is the client's answer when the Sink was not begun; after that it is the explicit end of a broken stream.
//
// Cancellation of the task that awaits run() is how a client leaves: the attempt ends within one step of its provider
// and is settled as cancelled. The task must have throw_if_cancelled(false). Any thread, many at once.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "domain/deployment.hpp"
#include "domain/principal.hpp"
#include "domain/work.hpp"
#include "gateway/deployments.hpp"
#include "gateway/measured.hpp"
#include "gateway/sink.hpp"
#include "labels/labeller.hpp"
#include "ledger/quotas.hpp"
#include "policy/decision.hpp"
#include "providers/provider.hpp"
#include "store/store.hpp"

namespace entente::gateway {

struct Asked {
  std::string request;  // id, "req_…"
  std::string trace;    // W3C traceparent of the span this run belongs to; empty: none
  Principal principal;
  std::shared_ptr<const Work> work;
  std::optional<Digest> body = {};  // SHA-256 of the request as it came, for the receipt
  // What the client adds to what its key says; both only narrow: labels of the work, policies that it must meet.
  std::vector<std::string> labels = {}, policies = {};
  std::string via = {};  // the entente-via header: the servers of our kind that it came through
};

// One attempt that has come to its end: what metrics and traces are made from. Never holds content.
struct Settled {
  const Asked& asked;
  const Deployment& deployment;
  const store::Outcome& outcome;
};

class Gateway {
 public:
  using Providers = std::map<std::string, std::shared_ptr<providers::Provider>, std::less<>>;
  using Observer = std::function<void(const Settled&)>;

  // `instance`: this server's own name in entente-via; empty: it has none.
  Gateway(std::shared_ptr<store::Store> store, Providers providers, const Clock& clock, Observer observer,
          std::string instance = {});

  // `asked` must stay until it has ended.
  Task<> run(const Asked& asked, Sink& sink);

  // How the model of the deployment that would be asked first reads the work's prompt, or writes its tokens. Nothing is
  // answered or kept.
  Task<std::vector<std::int32_t>> tokens_of(const Asked& asked);
  Task<std::string> text_of(const Asked& asked, std::vector<std::int32_t> tokens);
  Task<TokenizerInfo> tokenizer_of(const Asked& asked);

  // Whether the policies that the work must meet let this server keep what is said (Catalogue::keeper). Errors:
  // forbidden, with the rule in words.
  Result<> may_keep(const Asked& asked) const;

  // Which deployments could take such work, whatever model it names, and whatever rules and health say; in
  // gateway/deployments.cpp, like the next two.
  std::vector<Able> who_could(const Work& work) const;
  // Where work can be sent, and how that goes.
  std::vector<DeploymentNow> deployments_now() const;
  // One attempt with each of its provider's keys, whatever its health says: not_found when it is not configured.
  Task<std::vector<Tested>> test_deployment(std::string name, std::string request, Principal principal);

  // Who would be asked for work of this kind now, and why not the others. Nothing is asked.
  struct Explained {
    std::shared_ptr<const policy::Rulebook> rulebook;  // keeps the candidates alive
    const Model* model;
    policy::Decision decision;
  };
  Result<Explained> explain(const Envelope& envelope, const Principal& principal) const;

  // Who may use how much, and what of it is used: every run and every attempt is held to it.
  ledger::Quotas& quotas() { return quotas_; }
  const ledger::Quotas& quotas() const { return quotas_; }

  // Whether work may name pictures by addresses that somebody else fetches (gateway/addresses.hpp).
  void let_addresses(bool allowed) { addresses_.store(allowed, std::memory_order_relaxed); }

  // What can be asked for now. Replaced whole when the configuration or the installed models change; runs that have
  // begun keep what they began with.
  std::shared_ptr<const Catalogue> catalogue() const { return rules_.load()->book.shared_catalogue(); }
  // The same with the policies that say who may have what of it.
  std::shared_ptr<const policy::Rulebook> rulebook() const {
    std::shared_ptr<const Rules> rules = this->rules();
    return {rules, &rules->book};
  }
  void replace_catalogue(std::shared_ptr<const Catalogue> catalogue,
                         std::shared_ptr<const policy::Policies> policies = std::make_shared<policy::Policies>(),
                         std::shared_ptr<const labels::Labeller> labeller = std::make_shared<labels::Labeller>());
  // The same for who can be reached: an attempt that runs keeps its provider.
  void replace_providers(Providers providers) {
    providers_.store(std::make_shared<const Providers>(std::move(providers)));
  }

 private:
  struct Pumped;
  // What one request goes by: labels and the policies that name them are replaced together.
  struct Rules {
    policy::Rulebook book;
    std::shared_ptr<const labels::Labeller> labeller;
  };
  // What was decided on, and how: `rulebook` keeps the candidates alive.
  struct Routed {
    std::shared_ptr<const policy::Rulebook> rulebook;
    const Model* model;
    Envelope envelope;
    policy::Decision decision;
    std::string question;  // policy::question_text(), for the record; empty: nothing was decided
    Result<> allowed;      // or why a rule lets it go to none of them
    Error nobody() const;  // what the client is told when no candidate is left
  };
  template <class T, class Ask>
  Task<T> ask_in_order(const Asked& asked, Ask ask);
  std::shared_ptr<const Rules> rules() const;
  struct Labelled {
    Envelope envelope;
    std::vector<labels::Given> given;  // of its labels, those that rules gave it
  };
  static Labelled envelope_for(const Asked& asked, const labels::Labeller& labeller);
  Result<Routed> route(const Asked& asked) const;
  Task<Routed> route_for_sending(const Asked& asked);
  Result<std::shared_ptr<providers::Provider>> provider_of(const Deployment& deployment) const;
  policy::Decision decide(const Principal& principal, const Envelope& envelope, const Model& model,
                          const policy::Rulebook& rulebook) const;
  // In gateway/hedge.cpp: after how long the next is asked beside the first; nothing: never.
  std::optional<std::chrono::milliseconds> hedge_time(const Routed& routed) const;
  // A candidate that is asked no more, and why.
  struct GivenUp {
    std::string deployment;
    Error error;
    bool sent;
  };
  Task<> run_in_order(const Asked& asked, Routed& routed, Sink& sink);
  Task<> decide_again(const Asked& asked, const std::vector<GivenUp>& given_up, Routed& routed);
  // `outdated`: nothing was said, and the rules have changed: it must be decided again.
  Task<> run_hedged(const Asked& asked, Routed& routed, std::chrono::milliseconds after, Sink& sink, bool& outdated);
  // How far one try at a candidate came.
  struct Tried {
    bool outdated = false;  // the rules changed before it was sent
    bool sent = false;      // an attempt was made
    bool begun = false;     // the client has something of an answer
  };
  Task<> try_candidate(const Asked& asked, const Routed& routed, const Deployment& candidate, Sink& sink, Tried& tried);
  // In gateway/attempt.cpp: what a ticket is good for.
  Task<> attempt(const Asked& asked, const Routed& routed, std::shared_ptr<const Deployment> deployment,
                 providers::Provider& provider, std::unique_ptr<providers::Ticket> ticket, Sink& sink, Tried& tried);
  Task<providers::Attempt> begin_attempt(const Asked& asked, const Routed& routed,
                                         std::shared_ptr<const Deployment> deployment,
                                         std::unique_ptr<providers::Ticket> ticket, ledger::Quotas::Held& held);
  Task<> stream_into(Sink& sink, const Routed& routed, const Deployment& deployment, providers::Provider& provider,
                     providers::Attempt ready, Pumped& pumped);
  Task<> pump(EventStream& stream, const Deployment& deployment, const policy::Decision& decision, Sink& sink,
              Pumped& pumped);
  static Task<> begin(Sink& sink, const Deployment& deployment, const policy::Decision& decision, Started& started);
  Task<> settle(const Asked& asked, const Deployment& deployment, Pumped& pumped, const Result<>& answered);

  std::shared_ptr<store::Store> store_;
  std::atomic<std::shared_ptr<const Providers>> providers_;
  const Clock& clock_;
  const Observer observer_;
  const std::string instance_;
  ledger::Quotas quotas_;
  std::atomic<bool> addresses_ = false;
  Measured measured_;
  mutable std::atomic<std::uint64_t> drawn_ = 0;
  mutable std::atomic<std::shared_ptr<const Rules>> rules_;  // made anew when a day begins
};

}  // namespace entente::gateway
