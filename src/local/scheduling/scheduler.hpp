// Scheduler: who is served next, and with how much of a step. Pure logic: no model, no threads, no clock; times come in
// as measured seconds. The engine's loop asks it three things before every step:
//
//   change_places()   who gets sequences now, and who is parked to make room
//   compose()         which answers get their next token, which prompts get how many tokens
//   computed()        (after it) what the step cost, so that the next one is sized by measured time
//
// Fairness: turns follow FairShare, charged with the machine's measured time: a step's seconds are split over what was
// in it. While a tenant is ahead, its prompts wait for the others to catch up, and its answers take part in fewer
// steps, but at least every half `answer_gap`. One that holds more sequences than its part while another has too few
// gives one back (its answer is parked, and goes on later with the same text). Interactive work goes before batch work.
// Nobody starves: a counter only grows while it is served.
//
// Smoothness: beside running answers, prompts get what fits into `answer_gap` by measured speed, the proposals of those
// answers included, and a fifth more where they are other tenants'; without answers a step is still no longer than
// `longest_step`, because whoever comes meanwhile waits for it. Two prompts of one tenant share: half for the oldest,
// half for the shortest, so that a question does not wait for a book, nor the book for ever.
//
// Adapters: the model library has one for a whole step, so a step holds the work of one only. It is the one of whoever
// goes first by the counters; but nobody waits much longer than half of `answer_gap` for others' adapters.
//
// Work-conserving: whatever can run, runs, as long as nobody more deserving wants its place.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "domain/principal.hpp"
#include "domain/work.hpp"
#include "local/scheduling/fair_share.hpp"
#include "local/scheduling/speed.hpp"

namespace entente::local {

struct SchedulerLimits {
  std::uint32_t sequences = 1;
  std::uint32_t most_batch = 512;  // tokens of a step
  std::uint32_t waiting_per_tenant = 64;
  std::uint32_t waiting = 4096;
  double answer_gap = 0.16;   // seconds between two tokens of a running answer: the goal
  double longest_step = 0.8;  // seconds: prompts alone are computed in large pieces, which are cheaper by the token
  double patience = 15;       // seconds to the first token that are still worth waiting
};

class Scheduler {
 public:
  using Id = std::uint64_t;

  struct Asked {
    Principal payer;
    Urgency urgency = Urgency::interactive;
    std::uint32_t prompt_tokens = 0;
    std::uint32_t most_said = 0;  // tokens of each choice
    std::uint32_t choices = 1;
    std::uint32_t adapter = 0;  // 0: none
  };

  explicit Scheduler(SchedulerLimits limits, std::vector<FairWeight> weights = {})
      : limits_(limits), fair_(std::move(weights)) {}

  // Seconds until the first token if this were added now. Not admitted: too many wait, or it would take longer than
  // anybody should wait; `retry_after` then says when to ask again.
  struct Outlook {
    bool admitted = true;
    bool own_queue_full = false;  // when refused: because of this tenant's own work
    double first_token_seconds = 0;
    double retry_after_seconds = 0;
  };
  Outlook outlook(const Asked& asked) const;

  void add(Id id, const Asked& asked);
  void remove(Id id);  // wherever it is

  void set_leaving(Id id);                // nobody reads it any more: no step for it, until remove()
  void set_resting(Id id, bool resting);  // its reader is slow: it keeps its place but takes no part
  // It has a place: before it goes on, `tokens` are computed, of which `known` are found computed.
  void reads(Id id, std::uint32_t tokens, std::uint32_t known);
  void answer_ended(Id id);     // one of its choices; its sequence is free
  void hold(Id id, bool held);  // waits for another's prompt, which it shares: not begun meanwhile

  struct Changes {
    std::vector<Id> parked, begun;  // in this order
  };
  Changes change_places();

  struct Share {
    Id id = 0;
    std::uint32_t prompt_tokens = 0;  // 0: every running choice gets its next token
    std::uint32_t proposed = 0;       // tokens that are checked beside those; filled in by who has proposals
  };
  // `answers_beside`: another model's answers wait while this step is computed, so its prompts leave them their gap.
  std::vector<Share> compose(bool answers_beside = false);

  // How many of the proposals that are wished for a step it has room for, beside the prompts that it reads: the answers
  // keep their gap. Prompts leave room for as many as are usually wished.
  std::uint32_t room_for_proposals(const std::vector<Share>& shares, std::uint32_t wished);

  const Speed& speed() const { return speed_; }  // as learnt so far: which proposals pay
  void said_more(Id id, std::uint32_t tokens);   // than the one of the step: proposals that were right

  // `drafting`: seconds that a draft model took before it. Returns what part of the step each of the shares took.
  std::vector<double> computed(const std::vector<Share>& shares, double seconds, double drafting = 0);

  // Another model had this thread while work was here: whoever waits here waits so much longer.
  void others_computed(double seconds);

  struct Standing {  // of a tenant, for a person
    std::string tenant, name;
    std::uint32_t running = 0, waiting = 0;  // pieces of work
    double served = 0;                       // seconds of computing, divided by its weight
  };
  std::vector<Standing> standings() const;

 private:
  struct Job {
    Id id = 0;
    FairShare::Account* account = nullptr;
    Urgency urgency = Urgency::interactive;
    std::uint32_t prompt_tokens = 0, prompt_done = 0;
    std::uint32_t most_said = 0, said = 0;
    std::uint32_t answers = 1;  // choices not ended
    std::uint32_t adapter = 0;
    bool running = false, resting = false, held = false, leaving = false;
    std::uint64_t begun_at = 0;  // step number
    double added_at = 0;         // in seconds of computing
    double promised = 0;         // seconds to the first token
    double spoke_at = 0;         // its last token, on that clock
    bool prompting() const { return prompt_done < prompt_tokens; }
  };

  bool goes_before(const Job& a, const Job& b) const;
  Job* next_waiting();
  void start(Job& job);
  void stop(Job& job);
  Job* whom_to_park(const Job& wants);
  std::uint32_t held_by(const FairShare::Account& tenant) const;
  bool too_far_ahead(const Job& job) const;
  bool keep_one_adapter(std::vector<Job*>& running, std::vector<Job*>& prompting) const;
  std::uint32_t choose_answers(const std::vector<Job*>& running, std::vector<Share>& shares);
  Speed::Step step_of(const std::vector<Share>& shares) const;
  static Speed::Piece piece_of(const Job& job, const Share& share);
  std::vector<double> parts_of(const std::vector<Share>& shares, const Speed::Step& step) const;
  void choose_prompts(std::vector<Job*> prompting, std::vector<Share>& shares, std::uint32_t answers, double left);
  double time_for(const Job& first, const std::vector<Share>& shares, std::uint32_t answers, double step) const;
  double expected_seconds(const Job& job) const;
  double beside_others(const Principal& payer, double own) const;
  std::uint32_t sequences_of(double part) const;
  std::uint32_t part_of(const FairShare::Account& account) const;  // of the sequences, for its tenant
  bool within_its_part(const Job& job) const;
  void learn_promise(const Job& job);
  double stretch() const;  // how much longer things take because other models have work, too

  const SchedulerLimits limits_;
  FairShare fair_;
  Speed speed_;
  std::map<Id, Job> jobs_;
  std::vector<Job*> running_;
  std::uint32_t free_ = limits_.sequences;
  std::uint64_t step_ = 0;
  std::map<std::uint32_t, double> computed_at_;  // each adapter's last step, by busy_seconds_
  double least_served_ = 0;                      // of the tenants with something in the step that is composed
  double mean_said_ = 64;                        // tokens of an answer, a moving mean
  double mean_wished_ = 0;                       // proposals of a step with answers, a moving mean
  double busy_seconds_ = 0;                      // of computing so far, others' included: the clock of those who wait
  double own_seconds_ = 0, others_seconds_ = 0;  // the same, apart; old ones fade
  double caution_ = 1;  // what an estimate is multiplied by, learnt from how the earlier ones came out
};

}  // namespace entente::local
