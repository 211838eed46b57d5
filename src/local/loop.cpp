#include "local/loop.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <ranges>

#include "base/log.hpp"
#include "local/pooling.hpp"

namespace entente::local {

namespace {

using Clock = std::chrono::steady_clock;

Error stopped() {
  return {.code = ErrorCode::unavailable, .message = "The model was stopped while it answered. Ask again."};
}

}  // namespace

Loop::Loop(Model& model, Model* draft, std::shared_ptr<Desk> desk, const EngineOptions& options,
           std::shared_ptr<Shelf> shelf)
    : model_(model),
      desk_(std::move(desk)),
      speaker_(model),
      proposals_(options.proposals && model.can_shorten()),
      catching_up_(std::chrono::duration<double>(options.answer_gap).count() / 4),
      // What cards consume is not in those counters: an answer that they computed a part of has no known energy.
      energy_(model.info().gpu_layers > 0 ? std::filesystem::path() : options.energy_counters),
      prefixes_(options.prefix_bytes.value_or(0), std::move(shelf)) {
  if (draft && proposals_) drafter_.emplace(*draft);
  for (std::uint32_t i = model_.info().sequences; i > 0; --i) free_.push_back(i - 1);
}

Loop::~Loop() {
  for (auto& [id, job] : jobs_) job->channel->fail(stopped());
  std::lock_guard lock(desk_->mutex);
  for (auto& job : desk_->started) job->channel->fail(stopped());
  desk_->started.clear();
}

void Loop::begin() {
  model_.warm_up();
  if (drafter_) drafter_->warm_up();
}

bool Loop::step(bool answers_beside) {
  if (!take_over()) return false;
  change_places();
  if (!compose(answers_beside)) return false;
  propose();
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

bool Loop::compose(bool answers_beside) {
  step_.clear();
  std::lock_guard lock(desk_->mutex);
  for (const Scheduler::Share& share : desk_->scheduler.compose(answers_beside)) step_.add(share, *jobs_.at(share.id));
  if (proposals_) {
    step_.propose(desk_->scheduler.speed(), model_.most_batch(), drafter_ ? &*drafter_ : nullptr);
    step_.keep_proposals(desk_->scheduler.room_for_proposals(step_.shares(), step_.proposed()));
  }
  return !step_.shares().empty();
}

void Loop::propose() {
  energy_.begin();  // a draft model's guesses are part of the step
  drafting_ = 0;
  if (drafter_) {
    auto began = Clock::now();
    step_.draft(*drafter_, catching_up_);
    drafting_ = std::chrono::duration<double>(Clock::now() - began).count();
  }
  step_.lay_out();
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
  double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  desk_->step_microseconds += static_cast<std::uint64_t>((seconds + drafting_) * 1e6);
  ++desk_->steps;
  if (computed != Computed::done) return give_up(computed);
  std::uint32_t answers = step_.answers();  // before one ends
  double plainly = 0;                       // such a step without guesses
  std::vector<double> parts;
  {
    std::lock_guard lock(desk_->mutex);
    parts = desk_->scheduler.computed(step_.shares(), seconds, drafting_);
    plainly = desk_->scheduler.speed().seconds({.answers = answers});
  }
  count_energy(parts);
  std::uint64_t said = desk_->completion_tokens;
  for (const Step::Part& part : step_.parts()) {
    if (part.choice) {
      speak(*part.job, *part.choice, part.last);
    } else {
      prompt_computed(part);
    }
  }
  if (step_.drafts_alone()) {
    auto tokens = static_cast<double>(desk_->completion_tokens - said);
    drafter_->came_of_it(answers, seconds + drafting_, tokens / answers * plainly);
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

void Loop::count_energy(const std::vector<double>& parts) {
  std::optional<std::int64_t> used = energy_.microjoules();
  if (used) desk_->microjoules += static_cast<std::uint64_t>(*used);
  double whole = used ? static_cast<double>(*used) : std::numeric_limits<double>::quiet_NaN();
  for (auto [share, part] : std::views::zip(step_.shares(), parts))
    jobs_.at(share.id)->channel->count_energy(whole * part);
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
  std::size_t of_prompt = std::min(job.prompt_done, job.prompt.size());
  if (of_prompt > job.counted) job.channel->count_prompt(of_prompt - job.counted);
  job.counted = std::max(job.counted, of_prompt);
  desk_->prompt_tokens += part.tokens;
  if (job.prompting()) return;
  bool again = job.said_again.has_value();
  job.said_again.reset();
  job.prompt_done = job.prompt.size();
  if (!job.wanted.every_position()) keep_prefix(job);
  release_those_who_wait_for(job.id);
  if (again) return;
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
    if (choice.sureness.empty()) {
      choice.copies.checked(choice.proposed.size(), right);
    } else {
      drafter_->checked(job.draws(), choice.sureness, right);
      desk_->drafted_tokens += choice.proposed.size();
      desk_->drafted_right += right;
    }
    model_.shorten(choice.sequence, static_cast<std::uint32_t>(job.prompt.size() + choice.computed));
    choice.proposed.clear();
    std::lock_guard lock(desk_->mutex);
    desk_->scheduler.said_more(job.id, static_cast<std::uint32_t>(right));
  }
  if (choice.lookup) choice.lookup->add(new_tokens);
  if (!ended) return;
  if (choice.index == 0 && !job.wanted.every_position()) keep_prefix(job);
  leave_sequence(job, choice);
}

void Loop::leave_sequence(const Job& job, const Choice& choice) {
  free_sequence(choice.sequence);
  std::lock_guard lock(desk_->mutex);
  desk_->scheduler.answer_ended(job.id);
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
  for (Choice& choice : job.choices) let_go_of_parked(choice);
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
      if (!choice.done) cells += job->cells_of(choice);
    }
  }
  desk_->running = placed;
  desk_->waiting = static_cast<std::uint32_t>(jobs_.size()) - placed;
  desk_->cells_used = cells;
}

void Loop::trace(const char* what, const Job& job) {
  if (!log::enabled(log::Level::debug)) return;
  log::debug(what, {{"work", job.id},
                    {"prompt_done", job.prompt_done},
                    {"prompt", job.prompt.size()},
                    {"said", job.choices.empty() ? 0 : job.choices.front().said.size()}});
}

}  // namespace entente::local
