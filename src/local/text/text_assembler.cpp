#include "local/text/text_assembler.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace entente::local {

namespace {

std::string well_formed(std::string_view bytes) {
  std::string out;
  while (true) {
    std::size_t bad = find_invalid_utf8(bytes);
    out += bytes.substr(0, bad);
    if (bad == std::string_view::npos) return out;
    out += "\xEF\xBF\xBD";
    bytes.remove_prefix(bad + 1);
  }
}

}  // namespace

TextAssembler::TextAssembler(std::vector<std::string> stop) : stop_(std::move(stop)) {
  for (const std::string& sequence : stop_) longest_stop_ = std::max(longest_stop_, sequence.size());
}

TextAssembler::Piece TextAssembler::add(std::string_view token_bytes) {
  starts_.push_back(released_ + held_.size());
  // A stop sequence that ends in the new bytes begins at most its own length before them.
  std::size_t from = held_.size() - std::min(held_.size(), longest_stop_);
  held_ += token_bytes;
  std::size_t cut = std::string::npos;
  const std::string* which = nullptr;
  for (const std::string& sequence : stop_) {
    std::size_t at = held_.find(sequence, from);
    if (at >= cut) continue;
    cut = at;
    which = &sequence;
  }
  if (which) {
    held_.resize(cut);
    Piece piece = release(cut);
    piece.stopped = true;
    piece.stop = *which;
    return piece;
  }
  std::size_t free = held_.size() - beginning_of_a_stop();
  free -= incomplete_utf8_tail(std::string_view(held_).substr(0, free));
  return release(free);
}

TextAssembler::Piece TextAssembler::finish() {
  held_.resize(held_.size() - incomplete_utf8_tail(held_));
  Piece piece = release(held_.size());
  piece.tokens += starts_.size();
  starts_.clear();
  return piece;
}

TextAssembler::Piece TextAssembler::release(std::size_t bytes) {
  Piece piece{.text = well_formed(std::string_view(held_).substr(0, bytes))};
  held_.erase(0, bytes);
  released_ += bytes;
  while (!starts_.empty() && starts_.front() < released_) {
    starts_.pop_front();
    ++piece.tokens;
  }
  return piece;
}

// The length of the longest end of what is held that begins a stop sequence.
std::size_t TextAssembler::beginning_of_a_stop() const {
  std::string_view held = held_;
  for (std::size_t length = std::min(held.size(), longest_stop_); length > 0; --length) {
    std::string_view end = held.substr(held.size() - length);
    if (std::ranges::any_of(stop_, [end](const std::string& sequence) { return sequence.starts_with(end); }))
      return length;
  }
  return 0;
}

}  // namespace entente::local
