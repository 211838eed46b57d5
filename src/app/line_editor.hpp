// LineEditor: a line from a person at a terminal, with editing, several lines, a history kept for this run only (what
// people write to a model is not left on the disk), and completion of the commands. isocline is included in
// line_editor.cpp only. One at a time, main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace entente::app {

class LineEditor {
 public:
  explicit LineEditor(std::vector<std::string> commands);

  struct Line {
    enum class Kind { text, dropped, left } kind = Kind::text;  // dropped: Ctrl-C on a line with text
    std::string text;
  };
  Line read();
};

}  // namespace entente::app
