// What an HTTP status means to somebody who wanted a model file.
#pragma once

#include <string_view>

#include "base/error.hpp"

namespace entente::models {

// `what` is what was asked for, as the person knows it.
Error refused(unsigned status, std::string_view what);

}  // namespace entente::models
