#include "app/terminal/line_editor.hpp"

#include <cstdlib>
#include <memory>

#include <isocline.h>

namespace entente::app {

namespace {

std::vector<std::string>& commands() {
  static std::vector<std::string> all;
  return all;
}

void complete_command(ic_completion_env_t* env, const char* typed) {
  for (const std::string& command : commands()) {
    if (command.starts_with(typed) && !ic_add_completion(env, command.c_str())) return;
  }
}

bool is_of_word(const char* character, long) { return *character != ' '; }

void complete(ic_completion_env_t* env, const char* prefix) {
  if (*prefix == '/') ic_complete_word(env, prefix, complete_command, is_of_word);
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

std::optional<std::string> LineEditor::read() {
  // Its header says that Ctrl-C gives NULL too; what it gives is an empty line, and that is what is wanted here.
  std::unique_ptr<char, decltype(&std::free)> line(ic_readline_ex("", complete, nullptr, nullptr, nullptr), std::free);
  if (!line) return std::nullopt;
  return line.get();
}

}  // namespace entente::app
