#include "local/speaker.hpp"

#include <algorithm>
#include <limits>

#include "base/crypto.hpp"
#include "local/model/token_chooser.hpp"

namespace entente::local {

namespace {

class Held final : public Allowed {
 public:
  Held(const Model& model, const grammar::Walk& walk) : model_(model), walk_(walk) {}

  bool allows(Token token) const override {
    return model_.ends_answer(token) ? walk_.may_end() : walk_.allows(model_.spelled(token));
  }

  void strike_out_others(std::span<float> logits) const override {
    std::vector<bool> allowed(logits.size());
    walk_.mark_allowed(model_.words().tree, allowed);
    for (Token token : model_.words().ends) allowed[static_cast<std::size_t>(token)] = walk_.may_end();
    for (std::size_t i = 0; i < logits.size(); ++i) {
      if (!allowed[i]) logits[i] = no_chance;
    }
  }

 private:
  const Model& model_;
  const grammar::Walk& walk_;
};

// Log-probabilities belong to text: each goes with the text of its token.
void tell_text(Job& job, Choice& choice, TextAssembler::Piece piece) {
  TextDelta delta{.choice = job.wanted.first + choice.index, .text = std::move(piece.text)};
  if (job.wanted.logprobs) {
    // What a reader holds back comes later than its token: then all that have come go along.
    std::size_t count = choice.reader ? choice.untold.size() : std::min(piece.tokens, choice.untold.size());
    auto told = choice.untold.begin() + static_cast<std::ptrdiff_t>(count);
    delta.logprobs.assign(std::make_move_iterator(choice.untold.begin()), std::make_move_iterator(told));
    choice.untold.erase(choice.untold.begin(), told);
  }
  if (!delta.text.empty() || !delta.logprobs.empty()) job.channel->push(std::move(delta));
}

void tell_thought(Job& job, Choice& choice, TextAssembler::Piece piece) {
  choice.untold.clear();
  if (piece.text.empty()) return;
  job.channel->push(ReasoningDelta{.choice = job.wanted.first + choice.index, .text = std::move(piece.text)});
}

void tell_arguments(Job& job, Choice& choice, TextAssembler::Piece piece) {
  choice.untold.clear();
  if (piece.text.empty() || choice.calls == 0) return;
  job.channel->push(ToolCallDelta{.choice = job.wanted.first + choice.index,
                                  .index = choice.calls - 1,
                                  .id = {},
                                  .name = {},
                                  .arguments = std::move(piece.text)});
}

std::string id_of_call(bool short_ids) {
  std::uint8_t random[24];
  random_bytes(random);
  std::string id = short_ids ? "" : "call_";
  for (std::size_t i = 0; i < (short_ids ? id_length : sizeof random); ++i)
    id += id_letters[random[i] % id_letters.size()];
  return id;
}

}  // namespace

void Speaker::prepare(const Job& job, Choice& choice) const {
  if (job.automaton) choice.walk.emplace(job.automaton);
  const AnswerForm& form = model_.answer_form();
  if (job.wanted.as_written) return;
  bool with_tools = job.wanted.calls;
  if (with_tools || !form.thought_begin.empty() || !form.text_begin.empty()) {
    choice.reader.emplace(form, with_tools, job.thinking);
  }
}

bool Speaker::go_on(Job& job, Choice& choice, std::span<const float> logits) const {
  Token token = -1;
  if (choice.walk) {
    Held held(model_, *choice.walk);
    token = choice.chooser->choose(logits, &held);
  } else {
    token = choice.chooser->choose(logits);
  }
  if (token < 0) {
    // No token of this vocabulary goes on: the answer ends here, and what came so far is not what was asked for.
    job.channel->fail({.code = ErrorCode::internal,
                       .message = "The model has no token for what the schema asks for here. Ask for another form."});
    choice.done = true;
    return true;
  }
  if (model_.ends_answer(token)) {
    tell_what_is_left(job, choice);
    return finish(job, choice, FinishReason::stop);
  }
  choice.said.push_back(token);
  job.channel->count_completion(1);
  if (job.wanted.logprobs) choice.untold.push_back(explain(logits, token, *job.wanted.logprobs));
  std::string_view bytes = choice.reader ? model_.spelled(token) : model_.bytes_of(token);
  if (choice.walk) choice.walk->accept(model_.spelled(token));
  if (read(job, choice, bytes)) return finish(job, choice, FinishReason::stop);
  bool complete = choice.walk && choice.walk->must_end();
  if (!complete && choice.said.size() < job.most_said) return false;
  tell_what_is_left(job, choice);
  return finish(job, choice, complete ? FinishReason::stop : FinishReason::length);
}

void Speaker::look_at_prompt(Job& job, std::size_t at, std::span<const float> logits) const {
  if (at + 1 < job.prompt.size()) job.scores.push_back(explain(logits, job.prompt[at + 1], *job.wanted.logprobs));
}

void Speaker::echo(Job& job, const Choice& choice) const {
  TextDelta delta{.choice = job.wanted.first + choice.index, .text = {}, .logprobs = {}};
  TextAssembler text;
  for (std::size_t i = job.added; i < job.prompt.size(); ++i) {
    std::string_view bytes = model_.bytes_of(job.prompt[i]);
    delta.text += text.add(bytes).text;
    if (!job.wanted.logprobs) continue;
    // Of the first nothing is said, though the model may have been given a beginning before it.
    TokenChoice unknown{.chosen = {std::string(bytes), std::numeric_limits<double>::quiet_NaN()}, .top = {}};
    delta.logprobs.push_back(i == job.added ? std::move(unknown) : job.scores[i - 1]);
  }
  delta.text += text.finish().text;
  job.channel->push(std::move(delta));
}

bool Speaker::finish_unspoken(Job& job, Choice& choice) const { return finish(job, choice, FinishReason::length); }

// True when a stop sequence has come.
bool Speaker::read(Job& job, Choice& choice, std::string_view bytes) const {
  if (choice.reader) {
    std::vector<AnswerReader::Piece> pieces;
    choice.reader->add(bytes, pieces);
    return tell_pieces(job, choice, pieces);
  }
  TextAssembler::Piece piece = choice.text.add(bytes);
  bool stopped = piece.stopped;
  choice.stopped_by = piece.stop;
  tell_text(job, choice, std::move(piece));
  return stopped;
}

bool Speaker::tell_pieces(Job& job, Choice& choice, const std::vector<AnswerReader::Piece>& pieces) const {
  using What = AnswerReader::What;
  for (const auto& [what, bytes] : pieces) {
    if (what == What::text) {
      TextAssembler::Piece piece = choice.text.add(bytes);
      bool stopped = piece.stopped;
      choice.stopped_by = piece.stop;
      tell_text(job, choice, std::move(piece));
      if (stopped) return true;
    } else if (what == What::thought) {
      tell_thought(job, choice, choice.thought.add(bytes));
    } else if (what == What::call) {
      begin_call(job, choice, bytes);
    } else {
      tell_arguments(job, choice, choice.arguments.add(bytes));
    }
  }
  return false;
}

void Speaker::begin_call(Job& job, Choice& choice, const std::string& name) const {
  tell_text(job, choice, choice.text.finish());
  tell_arguments(job, choice, choice.arguments.finish());
  job.channel->push(ToolCallDelta{.choice = job.wanted.first + choice.index,
                                  .index = choice.calls++,
                                  .id = id_of_call(model_.answer_form().short_ids),
                                  .name = name,
                                  .arguments = {}});
}

void Speaker::tell_what_is_left(Job& job, Choice& choice) const {
  if (choice.reader) {
    std::vector<AnswerReader::Piece> pieces;
    choice.reader->finish(pieces);
    if (tell_pieces(job, choice, pieces)) return;
    tell_thought(job, choice, choice.thought.finish());
    tell_arguments(job, choice, choice.arguments.finish());
  }
  tell_text(job, choice, choice.text.finish());
}

bool Speaker::finish(Job& job, Choice& choice, FinishReason reason) const {
  if (reason == FinishReason::stop && choice.calls > 0) reason = FinishReason::tool_calls;
  job.channel->push(
      Finished{.choice = job.wanted.first + choice.index, .reason = reason, .stop_sequence = choice.stopped_by});
  choice.done = true;
  return true;
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
