// What commands share that ask the server of this machine and show what it says. Main thread only.
#pragma once

#include <string>
#include <string_view>

#include "app/commands/commands.hpp"
#include "base/result.hpp"
#include "wire/json.hpp"

namespace entente::app {

// The server that runs from the configuration's state folder. Failure: not_found, in a sentence.
Result<std::string> url_of_running(const Common& common);

// Its answer to a GET of `path`: as it came with --json, else printed by `print`. Returns the exit code.
int show_running(const Common& common, std::string_view path, void (*print)(const wire::Json& document));

}  // namespace entente::app
