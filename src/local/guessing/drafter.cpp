#include "local/guessing/drafter.hpp"

#include <algorithm>
#include <chrono>
#include <format>

#include "base/log.hpp"
#include "local/model/vector_math.hpp"

namespace entente::local {

namespace {

// More tokens than these are read in pieces, before anything is guessed.
constexpr std::size_t few = 8;

Token token_at(const Drafter::Ask& ask, std::size_t at) {
  return at < ask.prompt.size() ? ask.prompt[at] : ask.said[at - ask.prompt.size()];
}

std::size_t common_with(const Drafter::Ask& ask, std::span<const Token> text) {
  std::size_t in_prompt = std::min(text.size(), ask.prompt.size());
  auto prompt = std::ranges::mismatch(text.first(in_prompt), ask.prompt.first(in_prompt));
  auto common = static_cast<std::size_t>(prompt.in2 - ask.prompt.begin());
  if (common < ask.prompt.size()) return common;
  return common +
         static_cast<std::size_t>(std::ranges::mismatch(text.subspan(common), ask.said).in2 - ask.said.begin());
}

}  // namespace

Result<> check_draft(const Model& model, const Model& draft) {
  if (!draft.can_shorten())
    return fail(ErrorCode::unsupported, "it keeps a running state, and cannot go back to before a wrong guess");
  // Makers fill vocabularies up to round numbers with tokens that stand for nothing.
  constexpr std::uint32_t filled = 128;
  std::uint32_t own = model.vocabulary(), other = draft.vocabulary();
  if (std::max(own, other) - std::min(own, other) > filled)
    return fail(ErrorCode::unsupported, std::format("it has {} tokens, not {}", other, own));
  for (Token token = 0; token < static_cast<Token>(std::min(own, other)); ++token) {
    if (model.spelled(token) != draft.spelled(token) || model.ends_answer(token) != draft.ends_answer(token))
      return fail(ErrorCode::unsupported, std::format("its token {} is not the same", token));
  }
  return {};
}

Drafter::Drafter(Model& draft) : draft_(draft), places_(draft.info().sequences), trials_(places_.size() + 1) {}

bool Drafter::pays(std::uint32_t answers) {
  constexpr std::uint64_t plain_one_in = 32;  // so that what steps take without guesses stays known
  return answers < trials_.size() && ++asked_ % plain_one_in != 0 && trials_[answers].worth_it();
}

void Drafter::warm_up() {
  draft_.warm_up();
  std::vector<Token> text(std::min<std::size_t>(64, draft_.most_batch() - few)), guessed;
  std::vector<double> sureness;
  Ask ask{.prompt = text, .said = {}, .most = 3, .guessed = &guessed, .sureness = &sureness};
  for (int times = 0; times < 4; ++times) {
    guess({&ask, 1}, 1e9);
    empty(places_.front());
    guessed.clear();
  }
}

void Drafter::empty(Place& place) {
  if (!place.text.empty()) draft_.forget(static_cast<std::uint32_t>(&place - places_.data()));
  place.text.clear();
  place.sequence.reset();
}

void Drafter::forget(std::uint32_t sequence) {
  auto place = std::ranges::find(places_, std::optional(sequence), &Place::sequence);
  if (place != places_.end()) empty(*place);
}

void Drafter::checked(bool drawn, std::span<const double> sureness, std::size_t right) {
  Sureness& learns = drawn ? drawn_ : likeliest_;
  for (std::size_t i = 0; i < sureness.size() && i <= right; ++i) learns.checked(sureness[i], i < right);
}

double Drafter::token_seconds(std::uint32_t answers) const {
  return answers > 0 ? speed_.seconds({.answers = answers}) / answers : 0;
}

// Texts that have a place keep it; others get that of the text that was asked for longest ago.
void Drafter::give_places(std::span<const Ask> asks) {
  auto place_of = [this](const Ask& ask) {
    return std::ranges::find(places_, std::optional(ask.sequence), &Place::sequence);
  };
  for (const Ask& ask : asks) {
    if (auto place = place_of(ask); place != places_.end()) place->used_at = now_;
  }
  for (const Ask& ask : asks) {
    if (place_of(ask) != places_.end()) continue;
    auto oldest = std::ranges::min_element(places_, {}, &Place::used_at);
    empty(*oldest);
    oldest->sequence = ask.sequence;
    oldest->used_at = now_;
  }
}

void Drafter::guess(std::span<Ask> asks, double catching_up) {
  if (broken_) return;
  ++now_;
  give_places(asks);
  batch_.clear();
  runs_.clear();
  for (std::size_t number = 0; number < places_.size(); ++number) {
    auto ask =
        std::ranges::find(asks, places_[number].sequence, [](const Ask& one) { return std::optional(one.sequence); });
    if (ask == asks.end()) continue;
    if (bring_up_to_date(*ask, number, catching_up))
      runs_.push_back({.ask = &*ask, .place = number, .row = batch_.size() - 1});
  }
  only_reads_ = runs_.empty();
  while (!batch_.empty() && compute()) go_on();
}

bool Drafter::bring_up_to_date(Ask& ask, std::size_t number, double& seconds) {
  Place& place = places_[number];
  auto sequence = static_cast<std::uint32_t>(number);
  std::size_t whole = ask.prompt.size() + ask.said.size();
  if (ask.most == 0 || whole >= draft_.info().context_tokens) return false;
  ask.most = std::min<std::size_t>(ask.most, draft_.info().context_tokens - whole);
  std::size_t known = std::min(common_with(ask, place.text), whole - 1);  // the last one's logits are wanted
  if (known < place.text.size()) {
    draft_.shorten(sequence, static_cast<std::uint32_t>(known));
    place.text.resize(known);
  }
  std::size_t missing = whole - known, room = draft_.most_batch() - batch_.size();
  if (missing > few) {
    auto depth = static_cast<double>(known);
    std::size_t fits = std::max<std::size_t>(few, speed_.prompt_tokens_within(seconds, 0, depth));
    missing = std::min(missing, fits);
    seconds -= speed_.seconds(Speed::Piece{.tokens = static_cast<std::uint32_t>(missing), .depth = depth});
  }
  missing = std::min(missing, room);
  for (std::size_t at = known; at < known + missing; ++at) {
    place.text.push_back(token_at(ask, at));
    batch_.push_back({place.text.back(), static_cast<std::int32_t>(at), sequence, at + 1 == whole});
  }
  return known + missing == whole;
}

bool Drafter::compute() {
  using Clock = std::chrono::steady_clock;
  auto began = Clock::now();
  Computed computed = draft_.compute(batch_, [] { return false; });
  double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  if (computed != Computed::done) {
    log::error("The draft model could not compute; answers go on without it.", {{"tokens", batch_.size()}});
    broken_ = true;
    for (Place& place : places_) empty(place);
    return false;
  }
  auto tokens = static_cast<std::uint32_t>(batch_.size());
  if (tokens == runs_.size()) {
    speed_.learn({.answers = tokens}, seconds);
  } else if (tokens > few * places_.size()) {
    speed_.learn({.prompts = {{.tokens = tokens, .depth = batch_.front().position + tokens / 2.0}}}, seconds);
  }
  return true;
}

// One more token for each answer for which that is wanted, and the batch that goes beyond it.
void Drafter::go_on() {
  batch_.clear();
  std::erase_if(runs_, [this](Run& run) {
    std::span<const float> logits = draft_.logits(run.row);
    std::size_t likeliest = index_of_largest(logits);
    weights_.resize(logits.size());
    double sure = 1 / exponentials(logits, logits[likeliest], 1, weights_);  // the likeliest has the weight 1
    run.chance *= (run.ask->drawn ? drawn_ : likeliest_).chance(sure);
    auto token = static_cast<Token>(likeliest);
    std::vector<Token>& guessed = *run.ask->guessed;
    if (run.chance < run.ask->least_chance || draft_.ends_answer(token)) return true;
    guessed.push_back(token);
    run.ask->sureness->push_back(sure);
    if (guessed.size() == run.ask->most) return true;
    std::vector<Token>& text = places_[run.place].text;
    run.row = batch_.size();
    batch_.push_back({token, static_cast<std::int32_t>(text.size()), static_cast<std::uint32_t>(run.place), true});
    text.push_back(token);
    return false;
  });
}

}  // namespace entente::local
