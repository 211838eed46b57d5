# Writes ${OUT}, a source file with the git revision of ${SOURCE}. Run at every build, but the file is only touched when
# the revision changed: one small file is then compiled again and nothing else. Without git, $ENTENTE_REVISION or nothing.
set(revision $ENV{ENTENTE_REVISION})
if(NOT revision)
  execute_process(
    COMMAND git -C ${SOURCE} describe --always --abbrev=12 --dirty --match=
    OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT [[#include "app/revision.hpp"

std::string_view entente::app::git_revision() { return "@revision@"; }
]] @ONLY)
