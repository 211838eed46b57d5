#include "app/commands/completion.hpp"

#include <cstdio>
#include <format>

#include <CLI/CLI.hpp>

namespace entente::app {

namespace {

// What may stand behind each chain of commands: "" -> "serve up …", "keys" -> "create list …".
struct Place {
  std::string chain;
  std::vector<std::string> words;
  std::vector<std::string> helps;
};

void collect(const CLI::App& app, const std::string& chain, std::vector<Place>& out) {
  Place place{.chain = chain, .words = {}, .helps = {}};
  auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : subcommands) {
    place.words.push_back(sub->get_name());
    place.helps.push_back(sub->get_description());
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      place.words.push_back("--" + name);
      place.helps.push_back(option->get_description());
    }
  }
  out.push_back(place);
  for (const CLI::App* sub : subcommands)
    collect(*sub, chain.empty() ? sub->get_name() : chain + " " + sub->get_name(), out);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string quoted(std::string text) {
  std::erase_if(text, [](char c) { return c == '\'' || c == '\n'; });
  return "'" + text + "'";
}

std::string bash(const std::vector<Place>& places, std::string_view heading) {
  std::string out(heading);
  out +=
      "_entente() {\n  local chain= word\n  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $word in -*) ;; *) chain=\"${chain:+$chain }$word\" ;; esac\n  done\n  local words\n  case $chain in\n";
  for (const Place& place : places)
    out += std::format("    {}) words={} ;;\n", quoted(place.chain), quoted(joined(place.words)));
  out +=
      "    *) words= ;;\n  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
      "complete -o default -F _entente entente\n";
  return out;
}

std::string fish(const std::vector<Place>& places) {
  std::string out;
  for (const Place& place : places) {
    std::string when = place.chain.empty() ? "__fish_use_subcommand"
                                           : std::format("__fish_seen_subcommand_from {}",
                                                         place.chain.substr(place.chain.rfind(' ') + 1));
    for (std::size_t i = 0; i < place.words.size(); ++i) {
      bool option = place.words[i].starts_with("--");
      out += std::format("complete -c entente -n {} {} {} -d {}\n", quoted(when), option ? "-l" : "-f -a",
                         option ? place.words[i].substr(2) : place.words[i], quoted(place.helps[i]));
    }
  }
  return out;
}

}  // namespace

int print_completion(const CLI::App& root, const std::string& shell) {
  std::vector<Place> places;
  collect(root, "", places);
  std::string text = shell == "fish"  ? fish(places)
                     : shell == "zsh" ? bash(places, "#compdef entente\nautoload -U +X bashcompinit && bashcompinit\n")
                                      : bash(places, "");
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace entente::app
