// Drafter: guesses what answers say next with a small model beside the one that answers.
//
// Where a person has named a draft model (same vocabulary, several times faster), it goes a few tokens ahead of each
// answer; the large model then checks all of them in one step and keeps those that it says itself, so that the answer
// is what it would be without (Leviathan et al., "Fast Inference from Transformers via Speculative Decoding", 2023;
// here each token is chosen by the large model's own chooser, and a guess is right when it is the same token). The
// small model stops guessing where it is unsure itself: as soon as the chance that everything so far is right falls
// below what makes a further token worth checking (Speed::least_rightness). Where all of that is no gain, it rests
// (trial.hpp).
//
// It keeps the texts of a few answers, each in a sequence of the small model's; a text is brought up to date by what it
// has in common with the one that was there. A long prompt is read in pieces, some in each step, and nothing is guessed
// until that is done.
//
// For the thread that computes. A computation that fails is logged once, and nothing is guessed from then on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "local/guessing/sureness.hpp"
#include "local/guessing/trial.hpp"
#include "local/model/model.hpp"
#include "local/scheduling/speed.hpp"

namespace entente::local {

// What is wrong with `draft` as a small model beside `model`: another vocabulary, or one that cannot go back.
Result<> check_draft(const Model& model, const Model& draft);

class Drafter {
 public:
  explicit Drafter(Model& draft);

  // Once, on the thread that computes: what it costs here is measured, because it is only used where it pays.
  void warm_up();

  struct Ask {
    std::uint32_t sequence = 0;           // of the model that answers: whose text this is
    std::span<const Token> prompt, said;  // the text
    std::size_t most = 0;                 // tokens to guess
    double least_chance = 0;              // that all guessed so far is right: below, no more is guessed
    bool drawn = false;                   // the answer's tokens; not always the likeliest
    std::vector<Token>* guessed = nullptr;
    std::vector<double>* sureness = nullptr;  // of each that was guessed: what it takes for its chance
  };
  // At most places() of them at once. `catching_up`: seconds for reading texts that it does not know yet.
  void guess(std::span<Ask> asks, double catching_up);
  void forget(std::uint32_t sequence);  // its answer is over
  // Of an answer's guesses, the model said the first `right` itself.
  void checked(bool drawn, std::span<const double> sureness, std::size_t right);

  double token_seconds(std::uint32_t answers) const;  // of each, when so many are guessed for at once

  // Whether steps of so many answers have come sooner with guesses than without, as far as that was measured; asked
  // once a step. Then what came of it: what guessing and the step took, and what its tokens would have taken without.
  bool pays(std::uint32_t answers);
  void came_of_it(std::uint32_t answers, double seconds, double without) {
    trials_[answers].measured(seconds, without, only_reads_);
  }

 private:
  struct Place {                            // a sequence of the small model's
    std::optional<std::uint32_t> sequence;  // whose text it holds
    std::vector<Token> text;                // computed
    std::uint64_t used_at = 0;
  };
  struct Run {  // an answer that is guessed for
    Ask* ask;
    std::size_t place;
    std::size_t row;  // of the computation, where its newest logits are
    double chance = 1;
  };

  void give_places(std::span<const Ask> asks);
  void empty(Place& place);
  // Adds what the text of this place lacks to the batch; false: more than this computation reads.
  bool bring_up_to_date(Ask& ask, std::size_t number, double& seconds);
  bool compute();
  void go_on();

  Model& draft_;
  Speed speed_;
  std::vector<Place> places_;
  std::vector<Trial> trials_;  // by answers of a step
  Sureness likeliest_, drawn_;
  std::vector<Run> runs_;
  std::vector<BatchToken> batch_;
  std::vector<float> weights_;
  std::uint64_t now_ = 0, asked_ = 0;
  bool only_reads_ = false;  // no text was known to its end, this time
  bool broken_ = false;
};

}  // namespace entente::local
