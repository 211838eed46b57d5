#include "local/speaker.hpp"

#include <algorithm>

#include "local/token_chooser.hpp"

namespace entente::local {

namespace {

void tell(Job& job, Choice& choice, TextAssembler::Piece piece) {
  TextDelta delta{.choice = choice.index, .text = std::move(piece.text)};
  if (job.chat->logprobs) {
    auto told = choice.untold.begin() + static_cast<std::ptrdiff_t>(std::min(piece.tokens, choice.untold.size()));
    delta.logprobs.assign(std::make_move_iterator(choice.untold.begin()), std::make_move_iterator(told));
    choice.untold.erase(choice.untold.begin(), told);
  }
  if (!delta.text.empty() || !delta.logprobs.empty()) job.channel->push(std::move(delta));
}

bool end(Job& job, Choice& choice, FinishReason reason) {
  job.channel->push(Finished{.choice = choice.index, .reason = reason});
  choice.done = true;
  return true;
}

}  // namespace

bool Speaker::go_on(Job& job, Choice& choice, std::span<const float> logits) const {
  Token token = choice.chooser->choose(logits);
  if (model_.ends_answer(token)) {
    tell(job, choice, choice.text.finish());
    return end(job, choice, FinishReason::stop);
  }
  choice.said.push_back(token);
  job.channel->count_completion(1);
  if (job.chat->logprobs) choice.untold.push_back(explain(logits, token, job.chat->top_logprobs));
  TextAssembler::Piece piece = choice.text.add(model_.bytes_of(token));
  bool stopped = piece.stopped;
  tell(job, choice, std::move(piece));
  if (stopped) return end(job, choice, FinishReason::stop);
  if (choice.said.size() < job.most_said) return false;
  tell(job, choice, choice.text.finish());
  return end(job, choice, FinishReason::length);
}

TokenChoice Speaker::explain(std::span<const float> logits, Token token, std::uint32_t top) const {
  TokenChoice out;
  std::vector<ScoredToken> scores = score(logits, token, top);
  auto named = [this](const ScoredToken& scored) {
    return TokenLogprob{.token = std::string(model_.bytes_of(scored.token)), .logprob = scored.logprob};
  };
  out.chosen = named(scores[0]);
  for (std::size_t i = 1; i < scores.size(); ++i) out.top.push_back(named(scores[i]));
  return out;
}

}  // namespace entente::local
