#include "local/loop.hpp"

#include <algorithm>
#include <chrono>

#include "base/log.hpp"
#include "local/pooling.hpp"

namespace entente::local {

namespace {

using Clock = std::chrono::steady_clock;

// Fewer tokens are computed faster than they are looked after.
constexpr std::size_t least_prefix = 16;
// A prompt that shares this much with one being computed waits for it.
constexpr std::size_t worth_waiting = 64;

Error stopped() {
  return {.code = ErrorCode::unavailable, .message = "The model was stopped while it answered. Ask again."};
}

void trace(const char* what, const Job& job) {
  if (!log::enabled(log::Level::debug)) return;
  log::debug(what, {{"work", job.id},
                    {"prompt_done", job.prompt_done},
                    {"prompt", job.prompt.size()},
                    {"said", job.choices.empty() ? 0 : job.choices.front().said.size()}});
}

}  // namespace

Loop::Loop(Model& model, std::shared_ptr<Desk> desk, const EngineOptions& options, std::shared_ptr<Shelf> shelf)
    : model_(model),
      desk_(std::move(desk)),
      speaker_(model),
      proposals_(options.proposals && model.can_shorten()),
      prefixes_(options.prefix_bytes.value_or(0), std::move(shelf)) {
  for (std::uint32_t i = model_.info().sequences; i > 0; --i) free_.push_back(i - 1);
}

Loop::~Loop() {
  for (auto& [id, job] : jobs_) job->channel->fail(stopped());
  std::lock_guard lock(desk_->mutex);
  for (auto& job : desk_->started) job->channel->fail(stopped());
  desk_->started.clear();
}

bool Loop::step(bool answers_beside) {
  if (!take_over()) return false;
  change_places();
  if (!compose(answers_beside)) return false;
  compute();
  return true;
}

// What other threads have done since the last step: started work, left, made room.
bool Loop::take_over() {
  take_what_was_read();
  std::vector<Job*> left;
  bool came = false;
  {
    std::lock_guard lock(desk_->mutex);
    if (desk_->stopping) return false;
    for (auto& job : desk_->started) {
      Job& taken = *(jobs_[job->id] = std::move(job));
      choose_whom_to_wait_for(taken);
      if (!taken.waits_for) desk_->scheduler.hold(taken.id, false);
      trace("Work waits for a place.", taken);
    }
    came = !desk_->started.empty();
    desk_->started.clear();
    for (auto& [id, job] : jobs_) {
      if (job->channel->left()) {
        left.push_back(job.get());
      } else if (bool rests = job->placed && (job->reads != 0 || job->channel->full()); rests != job->resting) {
        job->resting = rests;
        desk_->scheduler.set_resting(id, rests);
      }
    }
  }
  for (Job* job : left) end(*job);
  if (came) report_numbers();
  return true;
}

void Loop::others_computed(double seconds) {
  std::lock_guard lock(desk_->mutex);
  desk_->scheduler.others_computed(seconds);
}

// With the desk's lock held. A prompt whose beginning is being computed for its own tenant waits and then takes it
// over.
void Loop::choose_whom_to_wait_for(Job& job) {
  job.waits_for = 0;
  if (job.wanted.every_position()) return;
  std::size_t have = prefixes_.known_anywhere(job.owner, job.prompt, worth_waiting);
  for (const auto& [id, other] : jobs_) {
    bool parked = !other->placed && !other->choices.empty();  // nobody knows when it goes on
    if (id == job.id || parked || !other->prompting() || other->waits_for || other->owner != job.owner) continue;
    std::size_t common = common_tokens(job.prompt, other->prompt);
    if (common < have + worth_waiting) continue;
    job.waits_for = id;
    have = common;
  }
}

void Loop::release_those_who_wait_for(Scheduler::Id id) {
  std::lock_guard lock(desk_->mutex);
  for (auto& [other_id, job] : jobs_) {
    if (job->waits_for != id) continue;
    choose_whom_to_wait_for(*job);
    if (!job->waits_for) desk_->scheduler.hold(other_id, false);
  }
}

void Loop::change_places() {
  Scheduler::Changes changes;
  {
    std::lock_guard lock(desk_->mutex);
    changes = desk_->scheduler.change_places();
  }
  for (auto id : changes.parked) park(*jobs_.at(id));
  for (auto id : changes.begun) {
    Job& job = *jobs_.at(id);
    job.placed = true;
    job.choices.empty() ? begin(job) : resume(job);
  }
  if (!changes.begun.empty() || !changes.parked.empty()) report_numbers();
}

// The lowest: sequences in use should stand side by side (see Step).
std::uint32_t Loop::take_sequence() {
  auto lowest = std::ranges::min_element(free_);
  std::uint32_t sequence = *lowest;
  free_.erase(lowest);
  return sequence;
}

void Loop::begin(Job& job) {
  for (std::uint32_t i = 0; i < job.wanted.choices; ++i) {
    job.choices.push_back({.index = i,
                           .sequence = take_sequence(),
                           .chooser = model_.chooser(job.sampling, i, job.prompt),
                           .text = TextAssembler(job.wanted.stop)});
    speaker_.prepare(job, job.choices.back());
  }
  take_known(job);
}

// Puts back what is known of its prompt. Where the disk has more of it than memory, the job keeps its place and rests
// until that was read: what waits for a place might have to make room again before it gets one.
void Loop::take_known(Job& job) {
  // At least the last token is computed, whatever is known: its logits are the answer's beginning.
  std::span<const Token> beginning = std::span(job.prompt).first(job.prompt.size() - 1);
  PrefixStore::Found found;
  if (!job.wanted.every_position()) {
    job.reads = prefixes_.fetch(job.owner, beginning, worth_waiting);
    if (job.reads != 0) {
      desk_->prefix_bytes = prefixes_.bytes();  // some made room
      job.resting = true;
      std::lock_guard lock(desk_->mutex);
      return desk_->scheduler.set_resting(job.id, true);
    }
    found = prefixes_.find(job.owner, beginning);
  }
  auto known = static_cast<std::uint32_t>(found.tokens);
  if (known >= least_prefix && model_.restore(job.choices[0].sequence, found.state, known)) {
    job.prompt_done = known;
    job.channel->count_cached(known);
    desk_->cached_tokens += known;
    std::lock_guard lock(desk_->mutex);
    desk_->scheduler.prompt_known(job.id, known);
  }
  Usage known_now = job.channel->usage();
  Started started{.prompt_tokens = static_cast<std::int64_t>(job.prompt.size()),
                  .cached_tokens = known_now.cached_tokens,
                  .left_out = {}};
  if (job.automaton) started.left_out = job.automaton->grammar()->left_out();
  job.channel->push(std::move(started));
  trace("Work begins.", job);
}

void Loop::take_what_was_read() {
  if (!prefixes_.take_back()) return;
  for (auto& [id, job] : jobs_) {
    if (job->reads != 0 && !prefixes_.coming(job->reads) && !job->channel->left()) take_known(*job);
  }
  desk_->prefix_bytes = prefixes_.bytes();
}

void Loop::resume(Job& job) {
  bool whole = true;
  for (Choice& choice : job.choices) {
    if (choice.done) continue;
    choice.sequence = take_sequence();
    if (choice.parked.empty()) continue;
    std::size_t cells = job.prompt_done + choice.computed;
    whole = whole && model_.restore(choice.sequence, choice.parked, static_cast<std::uint32_t>(cells));
    choice.parked = {};
  }
  trace("Work goes on.", job);
  if (whole) return;
  log::error("A parked answer could not be put back.", {{"work", job.id}});
  job.channel->fail(
      {.code = ErrorCode::unavailable, .message = "The model could not go on with this answer. Ask again."});
  end(job);
}

void Loop::park(Job& job) {
  ++desk_->parked;
  trace("Work is parked.", job);
  for (Choice& choice : job.choices) {
    // While a prompt is computed, only the first choice has any of it.
    if (!choice.done && job.prompt_done > 0 && (!job.prompting() || choice.index == 0)) {
      choice.parked = model_.save(choice.sequence);
    }
  }
  give_places_back(job);
  if (job.reads != 0) {  // nothing of it is here yet: it begins anew
    job.reads = 0;
    job.choices.clear();
  }
  if (job.prompting()) release_those_who_wait_for(job.id);
}

void Loop::give_places_back(Job& job) {
  if (!job.placed) return;
  job.placed = false;
  for (Choice& choice : job.choices) {
    if (choice.done) continue;
    model_.forget(choice.sequence);
    free_.push_back(choice.sequence);
  }
}

bool Loop::compose(bool answers_beside) {
  step_.clear();
  std::lock_guard lock(desk_->mutex);
  for (const Scheduler::Share& share : desk_->scheduler.compose(answers_beside)) step_.add(share, *jobs_.at(share.id));
  if (proposals_) step_.propose(desk_->scheduler, model_.most_batch());
  step_.lay_out();
  return !step_.batch().empty();
}

void Loop::compute() {
  auto began = Clock::now();
  if (std::uint32_t adapter = step_.parts().front().job->adapter; adapter != adapter_) {  // the same for all of a step
    model_.use_adapter(adapter);
    adapter_ = adapter;
  }
  model_.give_vectors(
      std::ranges::any_of(step_.parts(), [](const Step::Part& part) { return part.job->wanted.vector; }));
  Computed computed = model_.compute(step_.batch(), [this] { return nobody_waits(); });
  auto took = Clock::now() - began;
  desk_->step_microseconds +=
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  ++desk_->steps;
  if (computed != Computed::done) return give_up(computed);
  {
    std::lock_guard lock(desk_->mutex);
    desk_->scheduler.computed(step_.shares(), step_.prompt_depth(), std::chrono::duration<double>(took).count());
  }
  for (const Step::Part& part : step_.parts()) {
    if (part.choice) {
      speak(*part.job, *part.choice, part.last);
    } else {
      prompt_computed(part);
    }
  }
  std::vector<Job*> done;
  for (auto& [id, job] : jobs_) {
    if (job->placed && !job->prompting() && std::ranges::all_of(job->choices, &Choice::done)) done.push_back(job.get());
  }
  for (Job* job : done) {
    job->channel->finish();
    end(*job);
  }
}

// An abort ends the step for everybody in it: only when all of them have left.
bool Loop::nobody_waits() const {
  return desk_->stopping ||
         std::ranges::all_of(step_.parts(), [](const Step::Part& part) { return part.job->channel->left(); });
}

void Loop::prompt_computed(const Step::Part& part) {
  Job& job = *part.job;
  look_at_prompt(part);
  job.prompt_done += part.tokens;
  job.channel->count_prompt(part.tokens);
  desk_->prompt_tokens += part.tokens;
  if (job.prompting()) return;
  if (!job.wanted.every_position()) keep_prefix(job, job.choices[0]);
  release_those_who_wait_for(job.id);
  if (job.wanted.vector) {
    job.channel->push(Vector{.index = job.wanted.first, .values = finished_vector(job)});
    job.choices[0].done = true;
    return leave_sequence(job, job.choices[0]);
  }
  for (std::size_t i = 1; i < job.choices.size(); ++i) model_.copy(job.choices[0].sequence, job.choices[i].sequence);
  for (Choice& choice : job.choices) {
    if (job.wanted.echo) speaker_.echo(job, choice);
    if (job.most_said == 0) {
      speaker_.finish_unspoken(job, choice);
      leave_sequence(job, choice);
      continue;
    }
    if (proposals_) choice.lookup.emplace().add(job.prompt);
    speak(job, choice, part.last);
  }
}

// What of a prompt is wanted beside what follows from its last token.
void Loop::look_at_prompt(const Step::Part& part) {
  Job& job = *part.job;
  if (!job.wanted.every_position()) return;
  if (job.wanted.read_whole) {
    if (job.prompt_done + part.tokens < job.prompt.size()) return;
    std::span<const float> vector = model_.vector(part.last);
    job.vector.assign(vector.begin(), vector.end());
    return;
  }
  std::size_t row = part.last + 1 - part.tokens;
  for (std::size_t i = 0; i < part.tokens; ++i, ++row) {
    if (job.wanted.vector) {
      pool(job.vector, model_.vector(row), model_.pooling());
    } else {
      speaker_.look_at_prompt(job, job.prompt_done + i, model_.logits(row));
    }
  }
}

// The next token, and as many of the proposed ones as the model says itself.
void Loop::speak(Job& job, Choice& choice, std::size_t row) {
  std::size_t before = choice.said.size(), right = 0;
  bool ended = false;
  while (true) {
    choice.computed = choice.said.size();
    ended = speaker_.go_on(job, choice, model_.logits(row + right));
    if (ended || right == choice.proposed.size() || choice.said.back() != choice.proposed[right]) break;
    ++right;
  }
  std::span new_tokens = std::span(choice.said).subspan(before);
  desk_->completion_tokens += new_tokens.size();
  if (!choice.proposed.empty()) {
    desk_->proposed_tokens += choice.proposed.size();
    desk_->proposed_right += right;
    choice.lookup->checked(choice.proposed.size(), right);
    model_.shorten(choice.sequence, static_cast<std::uint32_t>(job.prompt.size() + choice.computed));
    choice.proposed.clear();
    std::lock_guard lock(desk_->mutex);
    desk_->scheduler.said_more(job.id, static_cast<std::uint32_t>(right));
  }
  if (choice.lookup) choice.lookup->add(new_tokens);
  if (!ended) return;
  if (choice.index == 0 && !job.wanted.every_position()) keep_prefix(job, choice);
  leave_sequence(job, choice);
}

void Loop::leave_sequence(const Job& job, const Choice& choice) {
  model_.forget(choice.sequence);
  free_.push_back(choice.sequence);
  std::lock_guard lock(desk_->mutex);
  desk_->scheduler.answer_ended(job.id);
}

// What a sequence holds now is the beginning of the next question in this conversation, or of others' prompts.
void Loop::keep_prefix(const Job& job, const Choice& choice) {
  if (!prefixes_.keeps()) return;
  std::vector<Token> tokens = job.prompt;
  tokens.insert(tokens.end(), choice.said.begin(), choice.said.begin() + static_cast<std::ptrdiff_t>(choice.computed));
  if (tokens.size() < prefixes_.known(job.owner, tokens) + least_prefix) return;
  std::vector<std::uint8_t> state = model_.save(choice.sequence);
  if (!state.empty()) prefixes_.keep(job.owner, std::move(tokens), std::move(state));
  desk_->prefix_bytes = prefixes_.bytes();
}

void Loop::give_up(Computed why) {
  Error error = stopped();
  if (why == Computed::failed) {
    log::error("A step could not be computed.", {{"tokens", step_.batch().size()}, {"answers", step_.parts().size()}});
    error.message = "The model could not go on with this answer. Ask again.";
  }
  std::vector<Job*> over;
  for (const Step::Part& part : step_.parts()) {
    if (!std::ranges::contains(over, part.job)) over.push_back(part.job);
  }
  for (Job* job : over) {
    job->channel->fail(error);
    end(*job);
  }
}

void Loop::end(Job& job) {
  trace("Work is over.", job);
  give_places_back(job);
  Scheduler::Id id = job.id;
  bool was_prompting = job.prompting();
  {
    std::lock_guard lock(desk_->mutex);
    desk_->scheduler.remove(id);
  }
  jobs_.erase(id);
  if (was_prompting) release_those_who_wait_for(id);
  report_numbers();
}

void Loop::report_numbers() {
  std::uint32_t placed = 0;
  std::uint64_t cells = 0;
  for (const auto& [id, job] : jobs_) {
    if (!job->placed) continue;
    ++placed;
    for (const Choice& choice : job->choices) {
      if (!choice.done) cells += job->prompt_done + choice.said.size();
    }
  }
  desk_->running = placed;
  desk_->waiting = static_cast<std::uint32_t>(jobs_.size()) - placed;
  desk_->cells_used = cells;
}

}  // namespace entente::local
