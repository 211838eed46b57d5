// TextAssembler: the bytes of generated tokens become text that may be shown.
//
// Held back: a character whose bytes have not all come (deltas are whole UTF-8 characters), and anything that could be
// the beginning of a stop sequence (what precedes a stop is the answer, the stop itself never shows). Bytes that are no
// UTF-8 become U+FFFD. Each Piece says how many tokens' text begins in it, so that log-probabilities travel with their
// text. One answer, one thread. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace entente::local {

class TextAssembler {
 public:
  // No sequence may be empty.
  explicit TextAssembler(std::vector<std::string> stop = {});

  struct Piece {
    std::string text;
    std::size_t tokens = 0;
    bool stopped = false;  // a stop sequence has come: nothing may follow
    std::string stop;      // which
  };

  Piece add(std::string_view token_bytes);

  // What is still held when the answer ends without a stop sequence. A character that never became whole is dropped.
  Piece finish();

 private:
  Piece release(std::size_t bytes);
  std::size_t beginning_of_a_stop() const;

  std::vector<std::string> stop_;
  std::size_t longest_stop_ = 0;
  std::string held_;
  std::size_t released_ = 0;        // bytes that have left, counted from the start of the answer
  std::deque<std::size_t> starts_;  // of tokens whose text has not left yet, counted likewise
};

}  // namespace entente::local
