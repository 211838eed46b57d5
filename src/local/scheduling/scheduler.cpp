#include "local/scheduling/scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <ranges>

namespace entente::local {

namespace {
// Seconds of computing, divided by its weight, that a tenant may be ahead before its work waits.
constexpr double slack = 0.1;
constexpr std::uint64_t least_run = 16;  // steps before what runs may be parked
// How a promise that was kept, or not, changes the next ones: in balance when one in twenty is late.
constexpr double after_late = 1.05, after_kept = 0.9975, most_caution = 4, least_caution = 0.5;
}  // namespace

Scheduler::Outlook Scheduler::outlook(const Asked& asked) const {
  // Its own tenant's work is done one after the other at the tenant's part of the machine's speed.
  std::uint32_t own_waiting = 0, own_held = 0, all_waiting = 0, less_urgent = 0;
  std::map<const FairShare::Account*, std::uint32_t> others_hold;
  double own_seconds = 0, running_seconds = 0, soonest = 1e9;
  std::uint32_t free = free_;
  for (const auto& [id, job] : jobs_) {
    if (job.leaving) {  // its places are free before the next step
      free += job.running ? job.answers : 0;
      continue;
    }
    bool own = FairShare::tenant_of(*job.account).name() == asked.payer.tenant;
    double seconds = expected_seconds(job);
    if (!job.running) {
      ++all_waiting;
      own_waiting += own ? 1 : 0;
      if (own && job.urgency <= asked.urgency) own_seconds += seconds;
    } else {
      (own ? own_held : others_hold[&FairShare::tenant_of(*job.account)]) += job.answers;
      if (asked.urgency < job.urgency) less_urgent += job.answers;
      if (own && job.prompting()) running_seconds += job.prompt_tokens * speed_.seconds(Speed::Piece{.tokens = 1});
      soonest = std::min(soonest, seconds * limits_.sequences);
    }
  }
  // Who would give a place back for this, as in whom_to_park(), when this tenant has work, too.
  bool too_much = std::ranges::any_of(others_hold, [&](const auto& other) {
    return other.second > sequences_of(fair_.part_of(*other.first, asked.payer));
  });
  bool below = own_held + asked.choices <= sequences_of(fair_.part_of(asked.payer));
  bool room = free + less_urgent >= asked.choices || (below && too_much);
  double own_prompt = speed_.seconds(Speed::Piece{.tokens = asked.prompt_tokens, .depth = asked.prompt_tokens / 2.0});
  double before = running_seconds + (!room || own_waiting > 0 ? own_seconds : 0);
  double wait = beside_others(asked.payer, before);
  double then = beside_others(asked.payer, before + own_prompt) - wait;
  if (!room) wait += soonest;
  wait *= caution_ * stretch();
  Outlook out{.first_token_seconds = wait + then * stretch()};
  // A long prompt alone is no reason to refuse: only waiting is.
  out.own_queue_full = own_waiting >= limits_.waiting_per_tenant;
  bool too_late = speed_.known() && wait > limits_.patience;  // a machine that was not measured yet refuses nobody
  out.admitted = !out.own_queue_full && all_waiting < limits_.waiting && !too_late;
  if (!out.admitted) out.retry_after_seconds = std::max(1.0, wait - limits_.patience / 2);
  return out;
}

// How long a tenant's own seconds of computing take while others get theirs: it goes on at once until it is `slack`
// ahead, and then waits for the others to catch up. The piece with which it gets ahead waits for nobody.
double Scheduler::beside_others(const Principal& payer, double own) const {
  double piece = limits_.answer_gap / 2;
  double at_once = fair_.weight_of(payer) * (slack - fair_.ahead(payer)) + piece;
  double others = 1 / fair_.part_of(payer) - 1;  // seconds that they get for one of its own
  return own + std::max(0.0, own - at_once) * others;
}

// What remains of a job, as its part of steps that it shares with others.
double Scheduler::expected_seconds(const Job& job) const {
  double said = std::min<double>(job.most_said, std::max<double>(mean_said_, job.said + 8.0)) - job.said;
  double step = speed_.seconds({.answers = limits_.sequences});
  double left = job.prompt_tokens - job.prompt_done;
  return left * speed_.seconds(Speed::Piece{.tokens = 1, .depth = job.prompt_done + left / 2}) +
         said * job.answers * step / limits_.sequences;
}

void Scheduler::add(Id id, const Asked& asked) {
  double promised = outlook(asked).first_token_seconds;
  FairShare::Account& account = fair_.account(asked.payer);
  fair_.enter(account);
  jobs_[id] = {.id = id,
               .account = &account,
               .urgency = asked.urgency,
               .prompt_tokens = asked.prompt_tokens,
               .most_said = asked.most_said,
               .answers = asked.choices,
               .adapter = asked.adapter,
               .added_at = busy_seconds_,
               .promised = promised};
}

void Scheduler::remove(Id id) {
  auto at = jobs_.find(id);
  if (at == jobs_.end()) return;
  Job& job = at->second;
  if (job.running) stop(job);
  if (job.said > 0) mean_said_ = 0.95 * mean_said_ + 0.05 * job.said;
  fair_.leave(*job.account);
  jobs_.erase(at);
}

void Scheduler::set_leaving(Id id) {
  if (auto at = jobs_.find(id); at != jobs_.end()) at->second.leaving = true;
}
void Scheduler::set_resting(Id id, bool resting) { jobs_.at(id).resting = resting; }
void Scheduler::hold(Id id, bool held) { jobs_.at(id).held = held; }

void Scheduler::reads(Id id, std::uint32_t tokens, std::uint32_t known) {
  Job& job = jobs_.at(id);
  job.prompt_tokens = tokens;
  job.prompt_done = known;
}

void Scheduler::answer_ended(Id id) {
  --jobs_.at(id).answers;
  ++free_;
}

bool Scheduler::goes_before(const Job& a, const Job& b) const {
  if (a.urgency != b.urgency) return a.urgency < b.urgency;
  if (FairShare::before(*a.account, *b.account)) return true;
  if (FairShare::before(*b.account, *a.account)) return false;
  return a.id < b.id;
}

std::uint32_t Scheduler::sequences_of(double part) const {
  constexpr double rounding = 1e-9;  // a third of three is one
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(limits_.sequences * part + rounding));
}

std::uint32_t Scheduler::part_of(const FairShare::Account& account) const {
  return sequences_of(fair_.part_of(account));
}

bool Scheduler::within_its_part(const Job& job) const {
  return held_by(FairShare::tenant_of(*job.account)) + job.answers <= part_of(*job.account);
}

// By urgency; then those whose tenant holds less than its part of the sequences; then by what they were served.
Scheduler::Job* Scheduler::next_waiting() {
  Job* best = nullptr;
  bool best_within = false;
  for (auto& [id, job] : jobs_) {
    if (job.running || job.held || job.leaving) continue;
    bool within = within_its_part(job);
    bool better = !best || (job.urgency == best->urgency && within != best_within ? within : goes_before(job, *best));
    if (!better) continue;
    best = &job;
    best_within = within;
  }
  return best;
}

std::uint32_t Scheduler::held_by(const FairShare::Account& tenant) const {
  std::uint32_t held = 0;
  for (const Job* job : running_) held += &FairShare::tenant_of(*job->account) == &tenant ? job->answers : 0;
  return held;
}

void Scheduler::start(Job& job) {
  job.running = true;
  job.begun_at = step_;
  free_ -= job.answers;
  running_.push_back(&job);
}

void Scheduler::stop(Job& job) {
  job.running = false;
  free_ += job.answers;
  std::erase(running_, &job);
}

// The cheapest piece of work that should make room: of lower urgency, or of a tenant that holds more than its part
// while the one that waits would not.
Scheduler::Job* Scheduler::whom_to_park(const Job& wants) {
  const FairShare::Account& tenant = FairShare::tenant_of(*wants.account);
  bool below = within_its_part(wants);
  Job* cheapest = nullptr;
  for (Job* job : running_) {
    if (job->begun_at == step_) continue;  // in these very changes
    const FairShare::Account& other = FairShare::tenant_of(*job->account);
    bool less_urgent = wants.urgency < job->urgency;
    bool too_much = wants.urgency == job->urgency && below && &other != &tenant && held_by(other) > part_of(other) &&
                    (step_ >= job->begun_at + least_run || job->prompt_done == 0);
    if (!less_urgent && !too_much) continue;
    if (!cheapest || job->prompt_done + job->said < cheapest->prompt_done + cheapest->said) cheapest = job;
  }
  return cheapest;
}

Scheduler::Changes Scheduler::change_places() {
  Changes changes;
  while (Job* job = next_waiting()) {
    if (job->answers > free_) {
      Job* victim = whom_to_park(*job);
      if (!victim) break;
      stop(*victim);
      changes.parked.push_back(victim->id);
      if (job->answers > free_) continue;
    }
    start(*job);
    changes.begun.push_back(job->id);
  }
  return changes;
}

std::vector<Scheduler::Share> Scheduler::compose(bool answers_beside) {
  ++step_;
  std::vector<Job*> running, prompting;
  for (Job* job : running_) {
    if (!job->resting && !job->leaving) (job->prompting() ? prompting : running).push_back(job);
  }
  bool others_wait = keep_one_adapter(running, prompting);
  least_served_ = 1e300;  // of those this step is for: somebody among them is always served
  for (const std::vector<Job*>* some : {&running, &prompting}) {
    for (const Job* job : *some) least_served_ = std::min(least_served_, FairShare::served(*job->account));
  }
  std::vector<Share> shares;
  std::uint32_t answers = choose_answers(running, shares);
  // Answers that are left out of this step wait for its end all the same; those of another adapter for the next one's,
  // too.
  bool answers_wait = answers_beside || !running.empty();
  choose_prompts(std::move(prompting), shares, answers,
                 others_wait    ? limits_.answer_gap / 2
                 : answers_wait ? limits_.answer_gap
                                : limits_.longest_step);
  return shares;
}

void Scheduler::said_more(Id id, std::uint32_t tokens) { jobs_.at(id).said += tokens; }

bool Scheduler::too_far_ahead(const Job& job) const { return FairShare::served(*job.account) > least_served_ + slack; }

// Leaves the work of one adapter, for this step. True when answers of others wait meanwhile.
bool Scheduler::keep_one_adapter(std::vector<Job*>& running, std::vector<Job*>& prompting) const {
  auto waits = [this](const Job& job) {
    auto at = computed_at_.find(job.adapter);
    double seconds = busy_seconds_ - (at == computed_at_.end() ? 0 : at->second);
    return seconds > limits_.answer_gap / 2 ? seconds : 0;  // less is no hardship
  };
  const Job* first = nullptr;
  for (const std::vector<Job*>* some : {&running, &prompting}) {
    for (const Job* job : *some) {
      if (!first || waits(*job) > waits(*first) || (waits(*job) == waits(*first) && goes_before(*job, *first)))
        first = job;
    }
  }
  if (!first) return false;
  auto other = [first](const Job* job) { return job->adapter != first->adapter; };
  std::erase_if(prompting, other);
  return std::erase_if(running, other) > 0;
}

// A step that leaves answers out is dearer by the token, and an answer that stands still looks broken: a tenant that is
// ahead is slowed, not stopped.
std::uint32_t Scheduler::choose_answers(const std::vector<Job*>& running, std::vector<Share>& shares) {
  std::uint32_t answers = 0;
  for (Job* job : running) {
    if (answers + job->answers > limits_.most_batch) break;
    bool may_wait = busy_seconds_ - job->spoke_at < limits_.answer_gap / 2;
    if (may_wait && too_far_ahead(*job)) continue;
    answers += job->answers;
    shares.push_back({.id = job->id});
  }
  return answers;
}

void Scheduler::choose_prompts(std::vector<Job*> prompting, std::vector<Share>& shares, std::uint32_t answers,
                               double left) {
  std::erase_if(prompting, [this](const Job* job) { return too_far_ahead(*job); });
  std::ranges::sort(prompting, [this](const Job* a, const Job* b) { return goes_before(*a, *b); });
  std::uint32_t room = limits_.most_batch - answers;
  std::map<Job*, std::uint32_t> given;
  auto give = [&](Job* job, double seconds) {
    auto had = given.find(job);
    std::uint32_t done = job->prompt_done + (had == given.end() ? 0 : had->second);
    double beside = had == given.end() && !given.empty() ? speed_.another_prompt() : 0;
    // The answers' time is taken off already.
    std::uint32_t fits = speed_.prompt_tokens_within(seconds - beside, 0, done);
    std::uint32_t wanted = job->prompt_tokens - done;
    if (wanted <= fits + fits / 4) fits = wanted;  // a small rest in a step of its own would cost more than it saves
    std::uint32_t tokens = std::min({fits, room, wanted});
    if (tokens == 0) return;
    given[job] += tokens;
    room -= tokens;
    left -= beside + speed_.seconds(Speed::Piece{.tokens = tokens, .depth = done + tokens / 2.0});
  };
  if (!prompting.empty()) left = time_for(*prompting.front(), shares, answers, left);

  if (prompting.size() > 1) {
    Job* oldest = prompting.front();
    Job* shortest = oldest;
    for (Job* job : prompting) {
      bool same = &FairShare::tenant_of(*job->account) == &FairShare::tenant_of(*oldest->account) &&
                  job->urgency == oldest->urgency;
      if (same && job->prompt_tokens - job->prompt_done < shortest->prompt_tokens - shortest->prompt_done)
        shortest = job;
    }
    if (shortest != oldest) give(shortest, left / 2);
  }
  for (Job* job : prompting) {
    if (left <= 0 || room == 0) break;
    give(job, left);
  }
  for (auto [job, tokens] : given) shares.push_back({.id = job->id, .prompt_tokens = tokens});
}

// Of `step` seconds beside those answers; `first` is the prompt that goes first.
double Scheduler::time_for(const Job& first, const std::vector<Share>& shares, std::uint32_t answers,
                           double step) const {
  bool alone = step >= limits_.longest_step;
  double left = step;
  if (answers > 0) {
    auto wished = static_cast<std::uint32_t>(std::lround(mean_wished_));
    left -= speed_.seconds({.answers = answers, .proposed = wished});
    // Another tenant's answers may wait a little longer for it: most prompts then take a step less.
    auto of_others = [&](const Share& share) {
      return &FairShare::tenant_of(*jobs_.at(share.id).account) != &FairShare::tenant_of(*first.account);
    };
    if (std::ranges::any_of(shares, of_others)) left += limits_.answer_gap / 5;
  }
  // However slow this machine is, a prompt gets on; and where nobody waits, in pieces that are cheap by the token, also
  // where it is not known yet that they are.
  auto takes = [&](std::uint32_t tokens) {
    return 1.01 * speed_.seconds(Speed::Piece{.tokens = tokens, .depth = first.prompt_done + tokens / 2.0});
  };
  bool try_large = alone && takes(PromptSpeed::tile) < 2 * limits_.longest_step;
  return std::max(left, takes(try_large ? PromptSpeed::tile : 8));
}

std::uint32_t Scheduler::room_for_proposals(const std::vector<Share>& shares, std::uint32_t wished) {
  Speed::Step step = step_of(shares);
  if (step.answers > 0) mean_wished_ = 0.9 * mean_wished_ + 0.1 * wished;
  if (step.prompts.empty()) return wished;
  return std::min(wished, speed_.proposals_within(limits_.answer_gap - speed_.seconds(step), step.answers));
}

Speed::Step Scheduler::step_of(const std::vector<Share>& shares) const {
  Speed::Step step;
  for (const Share& share : shares) {
    const Job& job = jobs_.at(share.id);
    if (share.prompt_tokens > 0) step.prompts.push_back(piece_of(job, share));
    step.answers += share.prompt_tokens > 0 ? 0 : job.answers;
    step.proposed += share.proposed;
  }
  return step;
}

std::vector<double> Scheduler::computed(const std::vector<Share>& shares, double seconds, double drafting) {
  Speed::Step step = step_of(shares);
  busy_seconds_ += seconds + drafting;
  constexpr double fades = 0.98;
  own_seconds_ = fades * own_seconds_ + seconds + drafting;
  others_seconds_ *= fades;
  if (!shares.empty()) computed_at_[jobs_.at(shares.front().id).adapter] = busy_seconds_;
  std::vector<double> parts = parts_of(shares, step);
  for (auto [share, part] : std::views::zip(shares, parts))
    fair_.charge(*jobs_.at(share.id).account, (seconds + drafting) * part);
  for (const Share& share : shares) {
    Job& job = jobs_.at(share.id);
    job.prompt_done += share.prompt_tokens;
    if (share.prompt_tokens > 0) continue;
    job.spoke_at = busy_seconds_;
    if (job.said++ == 0) learn_promise(job);
  }
  speed_.learn(step, seconds);
  return parts;
}

Speed::Piece Scheduler::piece_of(const Job& job, const Share& share) {
  return {.tokens = share.prompt_tokens, .depth = job.prompt_done + share.prompt_tokens / 2.0};
}

// The step, split by what each of it takes by the learnt speed of this machine.
std::vector<double> Scheduler::parts_of(const std::vector<Share>& shares, const Speed::Step& step) const {
  double answer = step.answers > 0 ? speed_.seconds({.answers = step.answers}) / step.answers : 0;
  auto weight = [&](const Share& share) {
    const Job& job = jobs_.at(share.id);
    if (share.prompt_tokens == 0) return answer * (job.answers + share.proposed);
    return speed_.seconds(piece_of(job, share));
  };
  std::vector<double> parts;
  parts.reserve(shares.size());
  for (const Share& share : shares) parts.push_back(weight(share));
  double whole = std::ranges::fold_left(parts, 0.0, std::plus());
  for (double& part : parts) part = whole > 0 ? part / whole : 1.0 / static_cast<double>(parts.size());
  return parts;
}

void Scheduler::others_computed(double seconds) {
  busy_seconds_ += seconds;
  others_seconds_ += seconds;
}

double Scheduler::stretch() const { return own_seconds_ > 0 ? 1 + others_seconds_ / own_seconds_ : 1; }

// Only of those who waited: a promise of "at once" teaches nothing.
void Scheduler::learn_promise(const Job& job) {
  double took = busy_seconds_ - job.added_at;
  if (job.promised < 0.5 && took < 0.5) return;
  caution_ = std::clamp(caution_ * (took > job.promised ? after_late : after_kept), least_caution, most_caution);
}

std::vector<Scheduler::Standing> Scheduler::standings() const {
  std::map<std::string, Standing> by_tenant;
  for (const auto& [id, job] : jobs_) {
    const FairShare::Account& tenant = FairShare::tenant_of(*job.account);
    Standing& standing = by_tenant[tenant.name()];
    standing.tenant = tenant.name();
    standing.name = tenant.called();
    standing.served = FairShare::served(*job.account);
    ++(job.running ? standing.running : standing.waiting);
  }
  std::vector<Standing> out;
  out.reserve(by_tenant.size());
  for (auto& [name, standing] : by_tenant) out.push_back(standing);
  return out;
}

}  // namespace entente::local
