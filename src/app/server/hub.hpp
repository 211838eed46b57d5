// Where models come from when the person names no address: the variables that the field's own tools use.
#pragma once

#include "models/source.hpp"

namespace entente::app {

models::Hub hub_of_environment();  // HF_ENDPOINT, HF_TOKEN

}  // namespace entente::app
