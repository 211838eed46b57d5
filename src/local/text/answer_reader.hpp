// AnswerReader: takes what a model writes apart into thoughts, text and calls of tools, as it comes.
//
// Held back: what could be the beginning of a mark. What does not follow the form is text. One answer, one thread.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "local/text/answer_form.hpp"

namespace entente::local {

class AnswerReader {
 public:
  enum class What { text, thought, call, arguments };
  struct Piece {
    What what;
    std::string bytes;  // of a call: the tool's name
    friend bool operator==(const Piece&, const Piece&) = default;
  };

  // `thinking`: the prompt has begun a thought already.
  AnswerReader(const AnswerForm& form, bool with_tools, bool thinking);

  void add(std::string_view bytes, std::vector<Piece>& out);
  void finish(std::vector<Piece>& out);

 private:
  enum class At { start, thought, after_thought, text, open, name, arguments, after_call };

  bool go_on(std::vector<Piece>& out);
  bool begin();
  bool read_until(std::string_view mark, What what, At then, std::vector<Piece>& out);
  bool read_open(std::vector<Piece>& out);
  bool read_name(std::vector<Piece>& out);
  bool read_arguments(std::vector<Piece>& out);
  bool go_on_after_call();
  void say(What what, std::string bytes, std::vector<Piece>& out);

  const AnswerForm& form_;
  const bool with_tools_;
  At at_;
  std::string held_;
  bool said_text_ = false, was_call_ = false;
  int depth_ = 0;
  bool in_string_ = false, escaped_ = false;
};

}  // namespace entente::local
