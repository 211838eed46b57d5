// Job: one prompt inside the engine, of a chat or another kind of work, with one Choice for each answer asked for. Its
// loop works on it; what the scheduler knows of it stands in the scheduler, under the same id.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/work.hpp"
#include "grammar/automaton.hpp"
#include "local/answer_channel.hpp"
#include "local/guessing/prompt_lookup.hpp"
#include "local/guessing/rightness.hpp"
#include "local/memory/shelf.hpp"
#include "local/model/model.hpp"
#include "local/scheduling/scheduler.hpp"
#include "local/text/answer_reader.hpp"
#include "local/text/text_assembler.hpp"

namespace entente::local {

struct Choice {
  std::uint32_t index = 0;
  std::uint32_t sequence = 0;  // while the job has places
  std::unique_ptr<TokenChooser> chooser;
  std::optional<AnswerReader> reader;  // where the answer may hold more than text
  std::optional<grammar::Walk> walk;   // where not everything may be said
  TextAssembler text;
  TextAssembler thought = TextAssembler(), arguments = TextAssembler();  // without stop sequences
  std::uint32_t calls = 0;
  std::string stopped_by;           // the stop sequence that came
  std::vector<TokenChoice> untold;  // log-probabilities of tokens whose text is still held back
  std::vector<Token> said;
  std::optional<PromptLookup> lookup;  // when proposals are wanted
  Rightness copies;                    // of what was proposed from there
  std::vector<double> sureness;        // of a draft model, for each token that it proposed
  std::vector<Token> proposed;         // for the step that is made
  std::size_t computed = 0;            // of `said`: the last one is chosen before it is computed
  std::vector<std::uint8_t> parked;    // its state while the job is parked, where it cannot be computed again
  bool done = false;
};

// What is wanted of a job's prompt, whatever kind of work it came from.
struct Wanted {
  std::uint32_t first = 0;  // number of its first choice, or of its vector, within the request
  std::uint32_t choices = 1;
  std::vector<std::string> stop;
  bool calls = false;                     // the answer may hold calls of tools
  bool as_written = false;                // nothing but text is read out of the answer
  std::optional<std::uint32_t> logprobs;  // alternatives told with each token; none: no log-probabilities
  bool echo = false;                      // the prompt is told first, with log-probabilities where they are wanted
  bool vector = false;                    // no answer: the prompt as a vector
  std::uint32_t dimensions = 0;           // of the vector; 0: as many as the model has
  bool read_whole = false;                // the vector is that of the last token: the model pools by itself
  bool as_it_is = false;                  // the vector is not made 1 long: it is a score
  Urgency urgency = Urgency::interactive;

  bool every_position() const { return vector || (echo && logprobs); }  // of the prompt is looked at
};

struct Job {
  Scheduler::Id id = 0;
  Wanted wanted;
  Sampling sampling;          // the work's, with the model's recommendation where it was left open
  std::uint32_t adapter = 0;  // by the model's count; 0: none
  std::string owner;          // whose prefixes it may use: the tenant's, computed with the same adapter
  std::vector<Token> prompt;
  std::vector<Sight> sights;                      // of the prompt
  bool thinking = false;                          // the prompt began a thought
  std::shared_ptr<grammar::Automaton> automaton;  // null: anything may be said
  std::uint32_t most_said = 0;                    // by each choice
  std::shared_ptr<AnswerChannel> channel;

  std::size_t added = 0;            // tokens at the prompt's beginning that nobody sent
  std::vector<TokenChoice> scores;  // of the prompt's tokens after the first, where wanted
  std::vector<float> vector;        // the sum so far, or the last

  std::size_t prompt_done = 0;  // tokens computed
  // After it was parked and lost what was computed: tokens of its answer that are computed again, behind the prompt.
  std::optional<std::size_t> said_again;
  std::size_t counted = 0;      // tokens of the prompt that the usage tells of
  std::vector<Choice> choices;  // made when it begins
  bool placed = false;          // has sequences
  bool told = false;            // that it has begun
  bool resting = false;         // as the scheduler was told: its channel is full, or its prompt is being read
  Shelf::Id reads = 0;          // what it waits for to come from the disk; 0: nothing
  Scheduler::Id waits_for = 0;  // whose prompt it shares and waits for; 0: nobody's

  std::size_t to_read() const { return prompt.size() + said_again.value_or(0); }
  Token read_at(std::size_t at) const { return at < prompt.size() ? prompt[at] : choices[0].said[at - prompt.size()]; }
  bool prompting() const { return prompt_done < to_read(); }
  bool draws() const { return sampling.temperature.value_or(1) > 0; }  // its tokens: not always the likeliest

  // What the sequence of a choice holds; while a prompt is computed, only the first has any of it.
  std::size_t cells_of(const Choice& choice) const {
    if (prompting()) return choice.index == 0 ? prompt_done : 0;
    return prompt.size() + choice.computed;
  }
  std::vector<Token> text(std::size_t tokens) const {  // the prompt and the first choice's answer: their beginning
    std::vector<Token> out;
    out.reserve(tokens);
    for (std::size_t at = 0; at < tokens; ++at) out.push_back(read_at(at));
    return out;
  }

  // Whether what was computed of it may be computed again: nothing is kept of its positions but what they lead to, and
  // one sequence holds it all.
  bool can_be_read_again() const { return wanted.choices == 1 && !wanted.every_position(); }
};

}  // namespace entente::local
