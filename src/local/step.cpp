#include "local/step.hpp"

#include <algorithm>
#include <ranges>

namespace entente::local {

namespace {

std::uint32_t open_choices(const Job& job) {
  return static_cast<std::uint32_t>(std::ranges::count(job.choices, false, &Choice::done));
}

std::uint32_t first_sequence(const Job& job) {
  auto choice = std::ranges::find(job.choices, false, &Choice::done);
  return choice == job.choices.end() ? 0 : choice->sequence;
}

}  // namespace

void Step::clear() {
  shares_.clear();
  jobs_.clear();
  batch_.clear();
  parts_.clear();
  prompt_depth_ = 0;
}

void Step::add(const Scheduler::Share& share, Job& job) {
  shares_.push_back(share);
  jobs_.push_back(&job);
  for (Choice& choice : job.choices) choice.proposed.clear();
}

bool Step::has_answers() const { return std::ranges::contains(shares_, 0u, &Scheduler::Share::prompt_tokens); }

void Step::propose(const Scheduler& scheduler, std::size_t most_batch) {
  std::uint32_t answers = 0;
  std::size_t room = most_batch;
  for (auto [share, job] : std::views::zip(shares_, jobs_)) {
    std::uint32_t open = open_choices(*job);
    answers += share.prompt_tokens > 0 ? 0 : open;
    room -= share.prompt_tokens > 0 ? share.prompt_tokens : open;
  }
  for (auto [share, job] : std::views::zip(shares_, jobs_)) {
    if (share.prompt_tokens > 0) continue;
    for (Choice& choice : job->choices) {
      if (choice.done || !choice.lookup) continue;
      std::size_t pays = scheduler.proposals_that_pay(choice.lookup->rightness(), answers);
      choice.proposed = choice.lookup->propose(std::min({pays, room, job->most_said - choice.said.size() - 1}));
      room -= choice.proposed.size();
      share.proposed += static_cast<std::uint32_t>(choice.proposed.size());
    }
  }
}

// By sequence: libllama computes separate streams together only where their numbers follow one another, and each break
// costs a pass over the weights.
void Step::lay_out() {
  std::ranges::sort(std::views::zip(shares_, jobs_), {},
                    [](const auto& one) { return first_sequence(*std::get<1>(one)); });
  for (auto [share, job] : std::views::zip(shares_, jobs_)) {
    if (share.prompt_tokens > 0) {
      lay_out_prompt(*job, share.prompt_tokens);
    } else {
      lay_out_answer(*job);
    }
  }
  double positions = 0, prompt_tokens = 0;
  for (const Scheduler::Share& share : shares_) prompt_tokens += share.prompt_tokens;
  for (const Part& part : parts_) {
    if (!part.choice) positions += part.tokens * (part.job->prompt_done + (part.tokens - 1) / 2.0);
  }
  prompt_depth_ = prompt_tokens > 0 ? positions / prompt_tokens : 0;
}

void Step::lay_out_answer(Job& job) {
  for (Choice& choice : job.choices) {
    if (choice.done) continue;
    auto position = static_cast<std::int32_t>(job.prompt.size() + choice.said.size() - 1);
    parts_.push_back({.job = &job, .choice = &choice, .tokens = 0, .last = batch_.size()});
    batch_.push_back({choice.said.back(), position, choice.sequence, true});
    for (Token token : choice.proposed) batch_.push_back({token, ++position, choice.sequence, true});
  }
}

void Step::lay_out_prompt(Job& job, std::uint32_t tokens) {
  auto sight =
      std::ranges::find_if(job.sights, [&](const Sight& one) { return one.begin + one.count > job.prompt_done; });
  for (std::uint32_t i = 0; i < tokens; ++i) {
    std::size_t at = job.prompt_done + i;
    bool last = at + 1 == job.prompt.size();
    bool looked_at = last || (job.wanted.every_position() && !job.wanted.read_whole);
    batch_.push_back({job.prompt[at], static_cast<std::int32_t>(at), job.choices[0].sequence, looked_at});
    if (sight == job.sights.end() || at < sight->begin) continue;
    batch_.back().seen = sight->seen.get();
    batch_.back().row = static_cast<std::uint32_t>(at - sight->begin);
    if (at + 1 == sight->begin + sight->count) ++sight;
  }
  parts_.push_back({.job = &job, .choice = nullptr, .tokens = tokens, .last = batch_.size() - 1});
}

}  // namespace entente::local
