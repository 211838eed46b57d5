#include "app/line_editor.hpp"

#include <cstdlib>
#include <memory>

#include <isocline.h>

namespace entente::app {

namespace {

std::vector<std::string>& commands() {
  static std::vector<std::string> all;
  return all;
}

void complete(ic_completion_env_t* env, const char* prefix) {
  std::string_view typed(prefix);
  if (!typed.starts_with('/')) return;
  for (const std::string& command : commands()) {
    if (command.starts_with(typed) && !ic_add_completion(env, command.c_str())) return;
  }
}

// isocline gives the same answer for Ctrl-C and Ctrl-D, but Ctrl-D leaves only an empty line: the highlighter, which
// sees every state of the line, remembers whether there was text.
void remember(ic_highlight_env_t*, const char* input, void* had_text) {
  *static_cast<bool*>(had_text) = *input != '\0';
}

}  // namespace

LineEditor::LineEditor(std::vector<std::string> known) {
  commands() = std::move(known);
  ic_set_history(nullptr, -1);
  ic_set_prompt_marker("> ", "  ");
  ic_enable_brace_insertion(false);
  ic_enable_brace_matching(false);
  ic_enable_beep(false);
  ic_enable_color(std::getenv("NO_COLOR") == nullptr);
}

LineEditor::Line LineEditor::read() {
  bool had_text = false;
  std::unique_ptr<char, decltype(&std::free)> line(ic_readline_ex("", complete, nullptr, remember, &had_text),
                                                   std::free);
  if (line) return {.kind = Line::Kind::text, .text = line.get()};
  return {.kind = had_text ? Line::Kind::dropped : Line::Kind::left, .text = {}};
}

}  // namespace entente::app
