// The makers' constructors: each is defined in the file of its name. For all.cpp.
#pragma once

#include <memory>

#include "providers/maker.hpp"

namespace entente::providers {

std::unique_ptr<Maker> make_anthropic(const ProviderOptions& options);
std::unique_ptr<Maker> make_azure(const ProviderOptions& options);
std::unique_ptr<Maker> make_bedrock(const ProviderOptions& options);
std::unique_ptr<Maker> make_entente(const ProviderOptions& options);
std::unique_ptr<Maker> make_gemini(const ProviderOptions& options);
std::unique_ptr<Maker> make_mistral(const ProviderOptions& options);
std::unique_ptr<Maker> make_openai(const ProviderOptions& options);
std::unique_ptr<Maker> make_openai_compatible(const ProviderOptions& options);
std::unique_ptr<Maker> make_xai(const ProviderOptions& options);

}  // namespace entente::providers
