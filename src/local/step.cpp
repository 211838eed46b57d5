#include "local/step.hpp"

#include <algorithm>
#include <ranges>

namespace entente::local {

namespace {

// Copies that are right less often leave their place to a draft model's guesses.
constexpr double often_enough = 0.5;
constexpr std::uint32_t most_proposed = 12;  // tokens of an answer in one step

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
  asks_.clear();
}

void Step::add(const Scheduler::Share& share, Job& job) {
  shares_.push_back(share);
  jobs_.push_back(&job);
  for (Choice& choice : job.choices) {
    choice.proposed.clear();
    choice.sureness.clear();
  }
}

bool Step::has_answers() const { return std::ranges::contains(shares_, 0u, &Scheduler::Share::prompt_tokens); }

std::uint32_t Step::answers() const {
  std::uint32_t answers = 0;
  for (auto [share, job] : std::views::zip(shares_, jobs_)) answers += share.prompt_tokens > 0 ? 0 : open_choices(*job);
  return answers;
}

bool Step::drafts_alone() const {
  return !asks_.empty() && std::ranges::all_of(shares_, [](const auto& share) { return share.prompt_tokens == 0; });
}

void Step::propose(const Speed& speed, std::size_t most_batch, Drafter* drafter) {
  std::uint32_t answers = this->answers();
  std::size_t room = most_batch - answers;
  for (const Scheduler::Share& share : shares_) room -= share.prompt_tokens;
  for (auto [share, job] : std::views::zip(shares_, jobs_)) {
    if (share.prompt_tokens > 0) continue;
    for (Choice& choice : job->choices) {
      bool copies = !drafter || choice.copies.value() >= often_enough;
      if (choice.done || !choice.lookup || !copies) continue;
      std::size_t pays = speed.proposals_that_pay(choice.copies.value(), answers, most_proposed);
      choice.proposed = choice.lookup->propose(std::min({pays, room, job->most_said - choice.said.size() - 1}));
      room -= choice.proposed.size();
    }
  }
  if (drafter && speed.knows(answers) && drafter->pays(answers)) ask_for_drafts(speed, room, answers, *drafter);
}

std::uint32_t Step::proposed() const {
  std::size_t proposed = 0;
  for (const Job* job : jobs_) {
    for (const Choice& choice : job->choices) proposed += choice.proposed.size();
  }
  return static_cast<std::uint32_t>(proposed);
}

void Step::keep_proposals(std::uint32_t most) {
  std::size_t all = proposed();
  if (all <= most) return;
  for (Job* job : jobs_) {
    for (Choice& choice : job->choices) choice.proposed.resize(choice.proposed.size() * most / all);
  }
}

// For answers that found nothing to copy. A draft model does not see pictures.
void Step::ask_for_drafts(const Speed& speed, std::size_t room, std::uint32_t answers, const Drafter& drafter) {
  double least = speed.least_rightness(answers, drafter.token_seconds(answers));
  if (least >= 1) return;
  for (auto [share, job] : std::views::zip(shares_, jobs_)) {
    if (share.prompt_tokens > 0 || !job->sights.empty()) continue;
    for (Choice& choice : job->choices) {
      if (choice.done || !choice.lookup || !choice.proposed.empty()) continue;
      std::size_t most = std::min({std::size_t{most_proposed}, room, job->most_said - choice.said.size() - 1});
      if (most == 0) continue;
      room -= most;
      asks_.push_back({.sequence = choice.sequence,
                       .prompt = job->prompt,
                       .said = choice.said,
                       .most = most,
                       .least_chance = least,
                       .drawn = job->draws(),
                       .guessed = &choice.proposed,
                       .sureness = &choice.sureness});
    }
  }
}

void Step::draft(Drafter& drafter, double catching_up) {
  if (!asks_.empty()) drafter.guess(asks_, catching_up);
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
      lay_out_answer(share, *job);
    }
  }
}

void Step::lay_out_answer(Scheduler::Share& share, Job& job) {
  for (Choice& choice : job.choices) {
    if (choice.done) continue;
    auto position = static_cast<std::int32_t>(job.prompt.size() + choice.said.size() - 1);
    parts_.push_back({.job = &job, .choice = &choice, .tokens = 0, .last = batch_.size()});
    batch_.push_back({choice.said.back(), position, choice.sequence, true});
    for (Token token : choice.proposed) batch_.push_back({token, ++position, choice.sequence, true});
    share.proposed += static_cast<std::uint32_t>(choice.proposed.size());
  }
}

void Step::lay_out_prompt(Job& job, std::uint32_t tokens) {
  auto sight =
      std::ranges::find_if(job.sights, [&](const Sight& one) { return one.begin + one.count > job.prompt_done; });
  for (std::uint32_t i = 0; i < tokens; ++i) {
    std::size_t at = job.prompt_done + i;
    bool last = at + 1 == job.prompt.size() && !job.said_again;
    bool looked_at = last || (job.wanted.every_position() && !job.wanted.read_whole);
    batch_.push_back({job.read_at(at), static_cast<std::int32_t>(at), job.choices[0].sequence, looked_at});
    if (sight == job.sights.end() || at < sight->begin) continue;
    batch_.back().seen = sight->seen.get();
    batch_.back().row = static_cast<std::uint32_t>(at - sight->begin);
    if (at + 1 == sight->begin + sight->count) ++sight;
  }
  parts_.push_back({.job = &job, .choice = nullptr, .tokens = tokens, .last = batch_.size() - 1});
}

}  // namespace entente::local
