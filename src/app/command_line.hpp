// The command line: one tree of commands, from which help, parsing and shell completion come. Exit codes: 0 done, 1 it
// could not be done (one sentence on standard error says why), 2 the command itself was wrong.
#pragma once

namespace entente::app {

int run_command_line(int argc, char** argv);

}  // namespace entente::app
