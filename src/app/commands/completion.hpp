// Shell completion, written from the tree of commands itself, so that it is never out of date.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace entente::app {

int print_completion(const CLI::App& root, const std::string& shell);

}  // namespace entente::app
