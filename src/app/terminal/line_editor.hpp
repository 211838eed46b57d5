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

  // Nothing after Ctrl-D; an empty text after Ctrl-C.
  std::optional<std::string> read();
};

}  // namespace entente::app
