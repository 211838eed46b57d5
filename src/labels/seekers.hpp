// Seekers: regular expressions that are looked for in one pass over a text, and where each of them stands in it.
//
// RE2 (https://github.com/google/re2/wiki/Syntax), because texts come from anybody: its time grows with the length of
// the text alone, whatever the expression. Filled by one thread, then only read, by any. Failure: invalid_request, with
// what is wrong with an expression.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace entente::labels {

class Seekers {
 public:
  using Holds = bool (*)(std::string_view);  // whether what has the form is one; null: it is

  Seekers();
  ~Seekers();
  Seekers(const Seekers&) = delete;
  Seekers& operator=(const Seekers&) = delete;

  // As it is written: it may be found anywhere, also inside a word. One that finds an empty text is refused.
  Result<std::size_t> add_pattern(std::string_view pattern);
  // What no letter and no digit stands beside.
  Result<std::size_t> add_bounded(std::string_view pattern, Holds holds);
  // Any of these words, large or small; '*' stands for any letters and digits.
  Result<std::size_t> add_words(const std::vector<std::string>& words);
  // Once, after the last of them: too many and too large ones are refused here.
  Result<> finish();

  bool empty() const { return all_.empty(); }
  // Which of them have their form in a text.
  std::vector<std::size_t> in(std::string_view text) const;
  // Each place that has the form of one of them, and whether it is one, until `found` says false.
  void each(std::size_t seeker, std::string_view text,
            const std::function<bool(std::string_view, bool holds)>& found) const;

 private:
  struct One;
  struct Together;
  Result<std::size_t> add(std::string pattern, Holds holds);

  std::vector<One> all_;
  std::unique_ptr<Together> together_;
};

}  // namespace entente::labels
