// Hedging: who has not begun to answer after some time gets company. The first to begin answers; the others are stopped
// like work whose client has left, and are settled: each is an attempt with its own intent and outcome.
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "base/race.hpp"
#include "gateway/run.hpp"
#include "policy/failover.hpp"

namespace entente::gateway {

namespace {

// What the attempts share: who of them has begun to answer.
struct Stage {
  Sink& client;
  Race& race;
  std::optional<std::size_t> answering;
};

// One attempt's way to the client, which is open to the first that begins.
class Gate final : public Sink {
 public:
  Gate(Stage& stage, std::size_t self) : stage_(stage), self_(self) {}

  Task<> begin(const Answering& answering) override {
    if (stage_.answering && *stage_.answering != self_) co_return fail(ErrorCode::cancelled, "Another was sooner.");
    stage_.answering = self_;
    stage_.race.cancel_all_but(self_);
    co_return co_await stage_.client.begin(answering);
  }
  Task<> event(const Event& event) override { return stage_.client.event(event); }
  Task<> flush() override { return stage_.client.flush(); }
  Task<> keep() override { return stage_.client.keep(); }  // only of who has begun
  std::optional<store::SentBody> sent(bool whole) override {
    return stage_.answering == self_ ? stage_.client.sent(whole) : std::nullopt;
  }

 private:
  Stage& stage_;
  const std::size_t self_;
};

}  // namespace

std::optional<std::chrono::milliseconds> Gateway::hedge_time(const Routed& routed) const {
  const Model& model = *routed.model;
  if (routed.decision.chosen.size() < 2 || model.strategy == Strategy::cascade) return std::nullopt;
  if (model.hedge_percentile > 0) {
    if (auto time = measured_.percentile(routed.decision.chosen.front()->name, model.hedge_percentile))
      return std::chrono::ceil<std::chrono::milliseconds>(*time);
  }
  if (model.hedge_after.count() > 0) return model.hedge_after;
  return std::nullopt;
}

Task<> Gateway::run_hedged(const Asked& asked, Routed& routed, std::chrono::milliseconds after, Sink& sink,
                           bool& outdated) {
  struct Runner {
    const Deployment* candidate;
    std::unique_ptr<Gate> gate;
    Tried tried;
  };
  Race race;
  Stage stage{.client = sink, .race = race, .answering = std::nullopt};
  std::deque<Runner> runners;  // addresses stay
  std::vector<const Deployment*> waiting(routed.decision.chosen.rbegin(), routed.decision.chosen.rend());
  std::map<const Deployment*, unsigned> tries;

  auto ask = [&](const Deployment* candidate) -> boost::asio::awaitable<void> {
    Runner& runner = runners.emplace_back(candidate, std::make_unique<Gate>(stage, runners.size()));
    co_await race.start(try_candidate(asked, routed, *candidate, *runner.gate, runner.tried));
  };
  auto next = [&] {
    const Deployment* candidate = waiting.back();
    waiting.pop_back();
    return candidate;
  };

  Result<> answered = fail(routed.nobody());
  std::size_t running = 1;
  co_await ask(next());
  while (running > 0) {
    bool may_hedge = !stage.answering && !waiting.empty();
    Result<std::optional<std::size_t>> ended =
        co_await race.next_within(may_hedge ? std::optional(after) : std::nullopt);
    if (!ended) {  // whoever asked has left
      answered = fail(std::move(ended.error()));
      break;
    }
    if (!*ended) {
      policy::note_slow(routed.decision, runners.back().candidate->name);
      co_await ask(next());
      ++running;
      continue;
    }
    --running;
    if (stage.answering && *stage.answering != **ended) continue;  // it was stopped because another had begun
    Runner& runner = runners[**ended];
    const Result<>& done = race.result(**ended);
    if (done || runner.tried.begun) {
      answered = done;
      break;
    }
    outdated = runner.tried.outdated;
    if (outdated) break;
    policy::note_failure(routed.decision, runner.candidate->name, done.error(), runner.tried.sent);
    unsigned tried = runner.tried.sent ? ++tries[runner.candidate] : 0;
    policy::Next follows = policy::after_failure(done.error(), tried, routed.model->content_filter_next);
    if (follows == policy::Next::stop) {
      answered = done;
      break;
    }
    answered = fail(policy::more_telling(std::move(answered.error()), Error(done.error())));
    if (follows == policy::Next::same_deployment) waiting.push_back(runner.candidate);
    if (running == 0 && !waiting.empty()) {
      co_await ask(next());
      ++running;
    }
  }
  co_await race.end();
  co_return answered;
}

}  // namespace entente::gateway
