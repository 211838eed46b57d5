// Model: what the engine needs of a model library: a vocabulary, a memory of sequences, and steps of computation.
//
// Vocabulary functions are const and may be called from any thread. The rest belongs to the thread that computes. A
// sequence is a number below sequences(); positions count from 0. Memory of a sequence is there until forget() or the
// next copy into it.
//
// llama_model.hpp has the real one; tests run the engine over a fake.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/conversation.hpp"
#include "domain/event.hpp"
#include "domain/sampling.hpp"
#include "domain/tokenizer.hpp"
#include "domain/work.hpp"
#include "grammar/automaton.hpp"
#include "local/model/options.hpp"
#include "local/text/answer_form.hpp"

namespace entente::local {

using Token = std::int32_t;

// Which tokens may come next in one answer.
class Allowed {
 public:
  virtual ~Allowed() = default;
  virtual bool allows(Token token) const = 0;
  virtual void strike_out_others(std::span<float> logits) const = 0;  // to no_chance
};
constexpr float no_chance = -1e30F;

// Chooses the tokens of one answer: keeps its random state and what was said so far.
class TokenChooser {
 public:
  virtual ~TokenChooser() = default;
  // Where not every token is allowed, one is drawn as if all were and looked at; only when it is not allowed the others
  // like it are struck out and it is drawn again. -1: none is allowed.
  virtual Token choose(std::span<const float> logits, const Allowed* allowed = nullptr) = 0;
};

// What a model writes with: its tokens as a tree of their bytes (control tokens as spelled() writes them), and those
// that end an answer.
struct Words {
  grammar::Vocabulary tree;
  std::vector<Token> ends;
};

// A picture, as the model that looks at it keeps it.
struct Seen {
  virtual ~Seen() = default;
};

// Where a picture stands in a prompt: its positions have vectors of its own, and negative tokens.
struct Sight {
  std::size_t begin = 0, count = 0;
  std::shared_ptr<Seen> seen;
};

// The tokens a conversation becomes, and whether the template began a thought for the model to go on with.
struct Prompt {
  std::vector<Token> tokens;
  bool thinking = false;
  std::vector<Sight> sights;  // in order
};

// One token of a step, for one sequence.
struct BatchToken {
  Token token = 0;
  std::int32_t position = 0;
  std::uint32_t sequence = 0;
  bool wants_logits = false;
  Seen* seen = nullptr;   // where the token stands for a part of a picture
  std::uint32_t row = 0;  // which part
};

// How the vectors of tokens become one. `whole`: the model itself does it, and the last token has the text's.
enum class Pooling { mean, first, last, whole };

enum class Computed {
  done,
  aborted,  // `abort` said so; every sequence of the step must be forgotten
  failed,   // the library refused; every sequence of the step must be forgotten
};

class Model {
 public:
  virtual ~Model() = default;

  virtual EngineInfo info() const = 0;
  virtual RecommendedSampling recommended_sampling() const { return {}; }  // what the file itself says

  // The conversation in the model's own form, ready to be answered. Errors: invalid_request when the model's template
  // refuses it ("roles must alternate"), unsupported when the model cannot chat.
  virtual Result<Prompt> prompt_of(const Chat& chat) const = 0;
  // A text without any form. `begins`: with what stands before every text, and after it, by this vocabulary.
  struct Reading {
    bool control = false;  // spellings of control tokens are those tokens
    bool begins = false;
    bool ends = false;
  };
  virtual std::vector<Token> tokens_of(std::string_view text, Reading reading) const = 0;
  // A query and a document, side by side as the model was trained to score them; the document loses its end where the
  // two would be more than `most` tokens. Errors: context_too_long, when the query alone is.
  virtual Result<std::vector<Token>> pair_of(std::string_view, std::string_view, std::uint32_t) const {
    return fail(ErrorCode::unsupported, "This model scores no documents.");
  }
  // The tokens of a gap between two texts that the model is to fill; unsupported where it was not trained to.
  virtual Result<std::vector<Token>> gap_of(std::string_view before, std::string_view after) const = 0;
  virtual bool begins_texts(Token token) const = 0;  // added by tokens_of(), not by the text
  virtual TokenizerInfo tokenizer() const { return {}; }
  virtual const AnswerForm& answer_form() const = 0;                               // its marks as spelled() writes them
  virtual std::string_view bytes_of(Token token) const = 0;                        // empty for control tokens
  virtual std::string_view spelled(Token token) const { return bytes_of(token); }  // control tokens, too
  virtual const Words& words() const = 0;  // made when it is first asked for: tens of milliseconds
  virtual bool ends_answer(Token token) const = 0;
  virtual std::uint32_t longest_token_bytes() const = 0;
  virtual std::uint32_t vocabulary() const = 0;

  // `choice` tells the answers of one request apart: each draws differently from the same seed.
  virtual std::unique_ptr<TokenChooser> chooser(const Sampling& sampling, std::uint32_t choice,
                                                std::span<const Token> prompt) const = 0;

  // The number of the adapter with this name, from 1. Errors: what is wrong with its file; not_found.
  virtual Result<std::uint32_t> adapter(std::string_view name) const = 0;
  // For the steps that follow, of sequences that were computed with the same one only; 0: none.
  virtual void use_adapter(std::uint32_t number) = 0;

  // Once, before anything else, on the thread that computes: what only costs the first time is paid here.
  virtual void warm_up() {}

  // Computes all tokens of `batch`, at most most_batch() of them; `abort` is asked often, from the same thread.
  virtual Computed compute(std::span<const BatchToken> batch, const std::function<bool()>& abort) = 0;
  virtual std::uint32_t most_batch() const = 0;
  // Of the batch's token at `index`, which wanted them; good until the next compute().
  virtual std::span<const float> logits(std::size_t index) = 0;

  // Whether the next computations give each token of their batch a vector; then every token has logits, too.
  virtual void give_vectors(bool wanted) = 0;
  virtual std::span<const float> vector(std::size_t index) = 0;  // as logits(); of info().width numbers
  virtual Pooling pooling() const = 0;

  virtual void copy(std::uint32_t from, std::uint32_t to) = 0;  // the whole memory of a sequence
  // The memory of a sequence as bytes, and back into an empty one, of which the first `tokens` positions stay.
  // restore() is false when the model cannot (some keep no part of a state); the sequence is empty then.
  virtual std::vector<std::uint8_t> save(std::uint32_t sequence) = 0;
  virtual bool restore(std::uint32_t sequence, std::span<const std::uint8_t> state, std::uint32_t tokens) = 0;
  virtual void forget(std::uint32_t sequence) = 0;
  // Forgets what a sequence holds from position `tokens` on. Only where can_shorten(): some models keep a running
  // state.
  virtual void shorten(std::uint32_t sequence, std::uint32_t tokens) = 0;
  virtual bool can_shorten() const = 0;
};

}  // namespace entente::local
