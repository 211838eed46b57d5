// What the commands of `entente policy` share: the rulebook of a configuration, without a server. Main thread only.
#pragma once

#include <memory>
#include <string>

#include "app/commands/commands.hpp"
#include "policy/rulebook.hpp"

namespace entente::app {

// `on`: ISO date; empty: today. Failure: what is wrong with the configuration.
Result<std::shared_ptr<const policy::Rulebook>> rulebook_of(const Common& common, const std::string& on);

// Who asks, by the names that rules know them by.
Principal somebody(const std::string& tenant, const std::string& project, const std::string& key);

}  // namespace entente::app
