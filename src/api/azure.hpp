// Azure OpenAI's paths: /openai/deployments/NAME/chat/completions?api-version=… and /openai/v1/…, which mean what
// OpenAI's own paths mean, with the model's name in the path or not. The version is not looked at: there is one here.
// Reference: Azure OpenAI REST API reference. Pure.
#pragma once

#include <string>
#include <string_view>

namespace entente::api {

struct Place {
  std::string path;   // OpenAI's own; any other path as it came
  std::string model;  // empty: not in the path
};

Place without_azure(std::string_view path);

}  // namespace entente::api
