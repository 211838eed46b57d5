// Every text of a piece of work that would leave with it, wherever it stands: messages, thoughts, calls and results of
// tools, schemas, what is passed on. Pure, any thread.
#pragma once

#include <functional>
#include <string_view>

#include "domain/work.hpp"

namespace entente::labels {

// Until `look` says false. The views are the work's own.
void for_each_text(const Work& work, const std::function<bool(std::string_view)>& look);

// Whether it holds what cannot be read here: pictures, sound, sealed thoughts, tokens instead of text.
bool holds_more_than_text(const Work& work);

}  // namespace entente::labels
