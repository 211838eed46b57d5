// The part of the Loop in which places change hands: work begins with what is known of its text, makes room and goes
// on, and leaves what it computed to others.
#include <algorithm>

#include "base/log.hpp"
#include "local/loop.hpp"

namespace entente::local {

namespace {

// Fewer tokens are computed faster than they are looked after.
constexpr std::size_t least_prefix = 16;

}  // namespace

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

// Puts back what is known of its text: of a prompt all but the last token, whose logits are the answer's beginning; of
// an answer that was parked, all that was computed. What is not known is computed. Where the disk has more of it than
// memory, the job keeps its place and rests until that was read: what waits for a place might have to make room again
// before it gets one.
void Loop::take_known(Job& job) {
  const Choice& choice = job.choices[0];
  bool speaks = !choice.said.empty();
  if (speaks) job.said_again = choice.computed;
  job.prompt_done = 0;
  std::vector<Token> text = job.text(speaks ? job.to_read() : job.to_read() - 1);
  if (!job.wanted.every_position()) {
    job.reads = prefixes_.fetch(job.owner, text, worth_waiting);
    if (job.reads != 0) {
      desk_->prefix_bytes = prefixes_.bytes();  // some made room
      job.resting = true;
      std::lock_guard lock(desk_->mutex);
      return desk_->scheduler.set_resting(job.id, true);
    }
    job.prompt_done = put_back_known(job, text);
  }
  if (std::size_t of_prompt = std::min(job.prompt_done, job.prompt.size()); of_prompt > job.counted) {
    job.channel->count_cached(static_cast<std::int64_t>(of_prompt - job.counted));
    desk_->cached_tokens += of_prompt - job.counted;
    job.counted = of_prompt;
  }
  if (speaks && !job.prompting()) {
    job.said_again.reset();
    job.prompt_done = job.prompt.size();
  }
  {
    std::lock_guard lock(desk_->mutex);
    desk_->scheduler.reads(job.id, static_cast<std::uint32_t>(job.to_read()),
                           static_cast<std::uint32_t>(job.prompt_done));
  }
  if (!job.told) tell_that_it_begins(job);
}

void Loop::tell_that_it_begins(Job& job) {
  job.told = true;
  Started started{.prompt_tokens = static_cast<std::int64_t>(job.prompt.size()),
                  .cached_tokens = job.channel->usage().cached_tokens,
                  .left_out = {}};
  if (job.automaton) started.left_out = job.automaton->grammar()->left_out();
  job.channel->push(std::move(started));
  trace("Work begins.", job);
}

// Into the first choice's sequence, as much of the text's beginning as is known; how many tokens that is.
std::size_t Loop::put_back_known(const Job& job, std::span<const Token> text) {
  PrefixStore::Found found = prefixes_.find(job.owner, text);
  auto known = static_cast<std::uint32_t>(found.tokens);
  return known >= least_prefix && model_.restore(job.choices[0].sequence, found.state, known) ? known : 0;
}

void Loop::take_what_was_read() {
  if (!prefixes_.take_back()) return;
  for (auto& [id, job] : jobs_) {
    if (job->reads != 0 && !prefixes_.coming(job->reads) && !job->channel->left()) take_known(*job);
  }
  desk_->prefix_bytes = prefixes_.bytes();
}

void Loop::resume(Job& job) {
  for (Choice& choice : job.choices) {
    if (!choice.done) choice.sequence = take_sequence();
  }
  trace("Work goes on.", job);
  if (job.can_be_read_again()) return take_known(job);
  if (put_back(job)) return;
  log::error("A parked answer could not be put back.", {{"work", job.id}});
  job.channel->fail(
      {.code = ErrorCode::unavailable, .message = "The model could not go on with this answer. Ask again."});
  end(job);
}

// What stayed with the job.
bool Loop::put_back(Job& job) {
  bool whole = true;
  for (Choice& choice : job.choices) {
    if (choice.parked.empty()) continue;
    auto cells = static_cast<std::uint32_t>(job.cells_of(choice));
    whole = whole && model_.restore(choice.sequence, choice.parked, cells);
    let_go_of_parked(choice);
  }
  return whole;
}

// Its state stays among the computed prompts, as long as it is worth its room there; where it could not be computed
// again, with the job.
void Loop::park(Job& job) {
  ++desk_->parked;
  trace("Work is parked.", job);
  if (job.can_be_read_again()) {
    keep_prefix(job);
  } else {
    for (Choice& choice : job.choices) {
      if (choice.done || job.cells_of(choice) == 0) continue;
      choice.parked = model_.save(choice.sequence);
      prefixes_.take(choice.parked.size());
    }
    desk_->prefix_bytes = prefixes_.bytes();
  }
  bool was_prompting = job.prompting();
  give_places_back(job);
  if (job.reads != 0) {  // nothing of it is here yet
    job.reads = 0;
    if (!job.told) job.choices.clear();  // it begins anew
  }
  if (was_prompting) release_those_who_wait_for(job.id);
}

void Loop::let_go_of_parked(Choice& choice) {
  prefixes_.give_back(choice.parked.size());
  choice.parked = {};
  desk_->prefix_bytes = prefixes_.bytes();
}

void Loop::free_sequence(std::uint32_t sequence) {
  model_.forget(sequence);
  if (drafter_) drafter_->forget(sequence);
  free_.push_back(sequence);
}

void Loop::give_places_back(Job& job) {
  if (!job.placed) return;
  job.placed = false;
  for (Choice& choice : job.choices) {
    if (!choice.done) free_sequence(choice.sequence);
  }
}

// What its first sequence holds now is the beginning of the next question in this conversation, or of others' prompts.
void Loop::keep_prefix(const Job& job) {
  if (!prefixes_.keeps()) return;
  std::vector<Token> tokens = job.text(job.cells_of(job.choices[0]));
  if (tokens.size() < prefixes_.known(job.owner, tokens) + least_prefix) return;
  std::vector<std::uint8_t> state = model_.save(job.choices[0].sequence);
  if (!state.empty()) prefixes_.keep(job.owner, std::move(tokens), std::move(state));
  desk_->prefix_bytes = prefixes_.bytes();
}

}  // namespace entente::local
