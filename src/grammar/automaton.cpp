#include "grammar/automaton.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "grammar/deeper.hpp"

namespace entente::grammar {

namespace {

// An ambiguous grammar could stand in more places than anybody wants to look at. Those beyond are given up: what is
// accepted stays right, it only becomes less.
constexpr std::size_t most_places = 16'384;
constexpr std::uint32_t deepest = 4'000;
// Ten megabytes or so.
constexpr std::size_t most_states = 20'000;
constexpr std::size_t most_frames = 200'000;

std::size_t mix(std::size_t hash, std::size_t value) { return (hash ^ value) * 0x9E3779B97F4A7C15ULL ^ (hash >> 29); }

}  // namespace

Vocabulary::Vocabulary(std::span<const std::string> tokens) : size_(tokens.size()) {
  std::vector<std::int32_t> order;
  order.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].empty() && tokens[i].size() < UINT16_MAX) order.push_back(static_cast<std::int32_t>(i));
  }
  auto bytes_of = [&](std::int32_t token) -> const std::string& { return tokens[static_cast<std::size_t>(token)]; };
  std::ranges::stable_sort(order, {}, bytes_of);
  std::vector<std::uint32_t> open;  // branches that the previous token passes through
  for (std::int32_t token : order) {
    const std::string& bytes = bytes_of(token);
    std::size_t common = 0;
    while (common < open.size() && common < bytes.size() &&
           branches_[open[common]].byte == static_cast<unsigned char>(bytes[common])) {
      ++common;
    }
    while (open.size() > common) {
      branches_[open.back()].end = static_cast<std::uint32_t>(branches_.size());
      open.pop_back();
    }
    while (open.size() < bytes.size()) {
      auto here = static_cast<std::uint32_t>(tokens_.size());
      open.push_back(static_cast<std::uint32_t>(branches_.size()));
      branches_.push_back({.tokens = here,
                           .tokens_end = here,
                           .depth = static_cast<std::uint16_t>(open.size()),
                           .byte = static_cast<unsigned char>(bytes[open.size() - 1])});
    }
    tokens_.push_back(token);
    branches_[open.back()].tokens_end = static_cast<std::uint32_t>(tokens_.size());
  }
  for (std::uint32_t branch : open) branches_[branch].end = static_cast<std::uint32_t>(branches_.size());
}

Automaton::Automaton(std::shared_ptr<const Grammar> grammar) : grammar_(std::move(grammar)) {
  find_classes();
  frames_.push_back({});
  intern();  // the dead state
  enter(grammar_->root(), 0);
  start_ = intern();
}

// Bytes that no node tells apart are one class; a byte that stands in a text is a class of its own.
void Automaton::find_classes() {
  using Kind = Grammar::Kind;
  std::array<std::size_t, 256> signature{};
  Bytes in_texts;
  for (Node node = 0; node < grammar_->size(); ++node) {
    const Grammar::Item& item = grammar_->item(node);
    if (item.kind == Kind::bytes) {
      const Bytes& set = grammar_->set(item);
      for (std::size_t byte = 0; byte < 256; ++byte) signature[byte] = mix(signature[byte], set[byte] ? 1 : 2);
    } else if (item.kind == Kind::literal || item.kind == Kind::until || item.kind == Kind::without) {
      for (char c : grammar_->text(item)) in_texts.set(static_cast<unsigned char>(c));
    }
  }
  std::map<std::pair<bool, std::size_t>, std::uint8_t> known;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::pair<bool, std::size_t> key{in_texts[byte], in_texts[byte] ? byte : signature[byte]};
    class_of_[byte] = known.emplace(key, static_cast<std::uint8_t>(known.size())).first->second;
  }
  classes_ = known.size();
}

bool Automaton::too_large() const { return states_.size() > most_states || frames_.size() > most_frames; }

Automaton::Frame Automaton::frame(Node node, std::uint32_t count, Frame parent) {
  FrameData data{node, count, parent};
  std::size_t hash = mix(mix(mix(0, node), count), parent);
  auto [at, end] = frame_by_hash_.equal_range(hash);
  for (; at != end; ++at) {
    if (frames_[at->second] == data) return at->second;
  }
  frames_.push_back(data);
  auto made = static_cast<Frame>(frames_.size() - 1);
  frame_by_hash_.emplace(hash, made);
  return made;
}

// The text goes on at the beginning of `node`, and at `parent` after it.
void Automaton::enter(Node node, Frame parent) {
  using Kind = Grammar::Kind;
  const Grammar::Item& item = grammar_->item(node);
  if (!grammar_->fulfillable(node)) return;  // no answer is led where nothing fits
  if (depth_ > deepest || !entered_.insert((std::uint64_t{node} << 32) | parent).second) return;
  Deeper deeper(depth_);
  switch (item.kind) {
    case Kind::without: leave(parent); [[fallthrough]];
    case Kind::bytes:
    case Kind::until: next_.places.push_back(frame(node, 0, parent)); return;
    case Kind::literal:
      if (item.count == 0) return leave(parent);
      next_.places.push_back(frame(node, 0, parent));
      return;
    case Kind::sequence:
      if (item.count == 0) return leave(parent);
      return enter(grammar_->child(item, 0), frame(node, 1, parent));
    case Kind::choice:
      for (std::uint32_t i = 0; i < item.count; ++i) enter(grammar_->child(item, i), parent);
      return;
    case Kind::repeat:
      if (item.least == 0) leave(parent);
      if (item.most == 0) return;
      return enter(grammar_->child(item, 0),
                   frame(node, item.most == unbounded ? std::min(item.least, 1U) : 1, parent));
    case Kind::rule: return enter(grammar_->child(item, 0), parent);
  }
}

// What stands in `at` has come to its end.
void Automaton::leave(Frame at) {
  if (at == 0) {
    next_.may_end = true;
    return;
  }
  constexpr std::uint64_t left = std::uint64_t{UINT32_MAX} << 32;
  if (depth_ > deepest || !entered_.insert(left | at).second) return;
  Deeper deeper(depth_);
  FrameData data = frames_[at];
  const Grammar::Item& item = grammar_->item(data.node);
  if (item.kind == Grammar::Kind::sequence) {
    Node next = grammar_->child(item, data.count);
    // Nothing to come back to after the last: lists that end in themselves do not pile up.
    return enter(next, data.count + 1 == item.count ? data.parent : frame(data.node, data.count + 1, data.parent));
  }
  if (data.count >= item.least) leave(data.parent);
  if (item.most == unbounded) {
    enter(grammar_->child(item, 0), frame(data.node, std::min(data.count + 1, item.least), data.parent));
  } else if (data.count < item.most) {
    enter(grammar_->child(item, 0), frame(data.node, data.count + 1, data.parent));
  }
}

Automaton::State Automaton::find_step(State state, unsigned char byte) {
  using Kind = Grammar::Kind;
  std::vector<Frame> places = states_[state].places;
  for (Frame at : places) {
    FrameData data = frames_[at];
    const Grammar::Item& item = grammar_->item(data.node);
    if (item.kind == Kind::bytes) {
      if (grammar_->set(item)[byte]) leave(data.parent);
    } else if (item.kind == Kind::literal) {
      if (static_cast<unsigned char>(grammar_->text(item)[data.count]) != byte) continue;
      if (data.count + 1 == item.count) {
        leave(data.parent);
      } else {
        next_.places.push_back(frame(data.node, data.count + 1, data.parent));
      }
    } else {
      std::uint32_t matched = grammar_->advance_mark(item, data.count, byte);
      bool whole = matched == item.count;
      if (!whole) next_.places.push_back(frame(data.node, matched, data.parent));
      if (whole == (item.kind == Kind::until)) leave(data.parent);
    }
  }
  State found = intern();
  transitions_[std::size_t{state} * classes_ + class_of_[byte]] = found;
  return found;
}

Automaton::State Automaton::intern() {
  std::ranges::sort(next_.places);
  auto [first, last] = std::ranges::unique(next_.places);
  next_.places.erase(first, last);
  if (next_.places.size() > most_places) next_.places.resize(most_places);
  entered_.clear();
  std::size_t hash = next_.may_end ? 1 : 2;
  for (Frame at : next_.places) hash = mix(hash, at);
  StateData made = std::exchange(next_, {});
  auto [at, end] = state_by_hash_.equal_range(hash);
  for (; at != end; ++at) {
    const StateData& known = states_[at->second];
    if (known.may_end == made.may_end && known.places == made.places) return at->second;
  }
  states_.push_back(std::move(made));
  transitions_.resize(states_.size() * classes_, unknown);
  auto state = static_cast<State>(states_.size() - 1);
  state_by_hash_.emplace(hash, state);
  return state;
}

Automaton::State Automaton::carry_over(State state, const Automaton& from) {
  std::unordered_map<Frame, Frame> carried{{0, 0}};
  for (Frame place : from.states_[state].places) {
    std::vector<Frame> chain;
    Frame at = place;
    for (; !carried.contains(at); at = from.frames_[at].parent) chain.push_back(at);
    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
      const FrameData& data = from.frames_[*link];
      carried[*link] = frame(data.node, data.count, carried[data.parent]);
    }
    next_.places.push_back(carried[place]);
  }
  next_.may_end = from.states_[state].may_end;
  return intern();
}

bool Walk::allows(std::string_view bytes) const {
  Automaton::State state = state_;
  for (char c : bytes) {
    state = automaton_->step(state, static_cast<unsigned char>(c));
    if (state == Automaton::dead) return false;
  }
  return !bytes.empty();
}

void Walk::accept(std::string_view bytes) {
  for (char c : bytes) state_ = automaton_->step(state_, static_cast<unsigned char>(c));
  if (!automaton_->too_large()) return;
  auto fresh = std::make_shared<Automaton>(automaton_->grammar());
  state_ = fresh->carry_over(state_, *automaton_);
  automaton_ = std::move(fresh);
}

void Walk::mark_allowed(const Vocabulary& vocabulary, std::vector<bool>& allowed) const {
  std::span<const Vocabulary::Branch> branches = vocabulary.branches();
  std::vector<Automaton::State> path{state_};
  for (std::size_t i = 0; i < branches.size();) {
    const Vocabulary::Branch& branch = branches[i];
    path.resize(branch.depth);
    Automaton::State state = automaton_->step(path.back(), branch.byte);
    if (state == Automaton::dead) {
      i = branch.end;
      continue;
    }
    for (std::int32_t token : vocabulary.tokens_at(branch)) allowed[static_cast<std::size_t>(token)] = true;
    path.push_back(state);
    ++i;
  }
}

}  // namespace entente::grammar
