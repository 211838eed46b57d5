// An engine over any Model: what Engine::load() does once the file is loaded, and what tests do with a fake.
#pragma once

#include <memory>

#include "local/engine.hpp"
#include "local/model/model.hpp"

namespace entente::local {

// Of the options, those that concern the queue and the prefixes. It runs at once. `draft` fits the model (check_draft).
std::shared_ptr<Engine> make_engine(std::unique_ptr<Model> model, const EngineOptions& options,
                                    std::unique_ptr<Model> draft = nullptr);

}  // namespace entente::local
