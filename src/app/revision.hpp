// The git revision this program was built from: "4ffec09a1b2c", with "-dirty" when files were changed; empty when it
// was built outside git. Written by cmake/revision.cmake at each build.
#pragma once

#include <string_view>

namespace entente::app {

std::string_view git_revision();

}  // namespace entente::app
