// All makers there are, by the word of their kind in the configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "providers/options.hpp"
#include "providers/provider.hpp"

namespace entente::providers {

// invalid_request when the options cannot make one: a missing endpoint, a certificate that cannot be read.
Result<std::shared_ptr<Provider>> make_provider(const ProviderOptions& options);

std::vector<std::string> remote_kinds();

}  // namespace entente::providers
