// The text on which `entente models tune` judges layouts when the person names none: written for this, so that no model
// has learnt it by heart. Prose, letters, instructions, law, French, German, code and numbers; about 1,600 tokens.
#pragma once

#include <string_view>

namespace entente::app {

std::string_view tune_text();

}  // namespace entente::app
