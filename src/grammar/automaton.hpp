// Automaton: walks a grammar byte by byte. Made as it is needed: a state is the set of all places in the grammar where
// a text can stand, and each step from state to state is found once and remembered, so that most bytes cost one look-up
// and every answer under the same grammar profits.
//
// Vocabulary: the tokens of a model as a tree of their bytes, to find all tokens that fit in one walk.
//
// A Walk is where one answer stands. One thread at a time uses an automaton and its walks. Memory is bounded: an
// automaton that has grown too large is left behind by its walks, each of which begins a new one where it stands.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "grammar/grammar.hpp"

namespace entente::grammar {

class Vocabulary {
 public:
  // The bytes of each token; tokens without bytes never fit.
  explicit Vocabulary(std::span<const std::string> tokens);

  struct Branch {
    std::uint32_t end = 0;  // behind its last descendant
    std::uint32_t tokens = 0, tokens_end = 0;
    std::uint16_t depth = 0;  // 1: first byte
    unsigned char byte = 0;
  };
  std::span<const Branch> branches() const { return branches_; }  // each before its descendants
  std::span<const std::int32_t> tokens_at(const Branch& branch) const {
    return std::span(tokens_).subspan(branch.tokens, branch.tokens_end - branch.tokens);
  }
  std::size_t size() const { return size_; }

 private:
  std::vector<Branch> branches_;
  std::vector<std::int32_t> tokens_;
  std::size_t size_ = 0;
};

class Automaton {
 public:
  using State = std::uint32_t;
  static constexpr State dead = 0;

  explicit Automaton(std::shared_ptr<const Grammar> grammar);

  State start() const { return start_; }
  State step(State state, unsigned char byte) {
    State known = transitions_[std::size_t{state} * classes_ + class_of_[byte]];
    return known != unknown ? known : find_step(state, byte);
  }
  bool may_end(State state) const { return states_[state].may_end; }
  // Nothing can follow.
  bool must_end(State state) const { return states_[state].places.empty(); }

  bool too_large() const;
  // The same place in another automaton of the same grammar.
  State carry_over(State state, const Automaton& from);
  const std::shared_ptr<const Grammar>& grammar() const { return grammar_; }

 private:
  using Frame = std::uint32_t;  // 0: the end of the text
  struct FrameData {
    Node node;
    std::uint32_t count;
    Frame parent;
    friend bool operator==(const FrameData&, const FrameData&) = default;
  };
  struct StateData {
    std::vector<Frame> places;  // sorted, at nodes that take a byte
    bool may_end = false;
  };
  static constexpr State unknown = UINT32_MAX;

  void find_classes();
  State find_step(State state, unsigned char byte);
  Frame frame(Node node, std::uint32_t count, Frame parent);
  void enter(Node node, Frame parent);
  void leave(Frame frame);
  State intern();

  std::shared_ptr<const Grammar> grammar_;
  std::uint8_t class_of_[256] = {};
  std::size_t classes_ = 0;
  std::vector<FrameData> frames_;
  std::unordered_multimap<std::size_t, Frame> frame_by_hash_;
  std::vector<StateData> states_;
  std::unordered_multimap<std::size_t, State> state_by_hash_;
  std::vector<State> transitions_;  // states × classes
  State start_ = 0;

  // While a state is put together.
  StateData next_;
  std::unordered_set<std::uint64_t> entered_;  // places entered or left
  std::uint32_t depth_ = 0;
};

class Walk {
 public:
  explicit Walk(std::shared_ptr<Automaton> automaton) : automaton_(std::move(automaton)), state_(automaton_->start()) {}

  bool allows(std::string_view bytes) const;
  void accept(std::string_view bytes);
  // Every token of the vocabulary that may come next is marked; the others are not touched.
  void mark_allowed(const Vocabulary& vocabulary, std::vector<bool>& allowed) const;

  bool dead() const { return state_ == Automaton::dead; }
  bool may_end() const { return automaton_->may_end(state_); }
  bool must_end() const { return automaton_->must_end(state_); }

 private:
  std::shared_ptr<Automaton> automaton_;
  Automaton::State state_;
};

}  // namespace entente::grammar
