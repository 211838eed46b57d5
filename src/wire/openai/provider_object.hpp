// The `provider` object that a chat request may carry, in OpenRouter's form: what it says about who may answer.
#pragma once

#include <memory>

#include "domain/preferences.hpp"
#include "wire/fields.hpp"

namespace entente::wire {

// Null where there is none.
std::shared_ptr<const Preferences> read_provider_object(Fields& fields);

}  // namespace entente::wire
