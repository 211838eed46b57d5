// What there is to set, in words: for `config explain`, `config show` and docs/configuration.md. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace entente::config {

struct Explained {
  std::string key, words, default_value, help, details, example;
  bool needs_restart = false;
};

// Every setting in the order of the definitions; keys inside lists are written "deployments[].provider".
std::vector<Explained> explain_all();

struct Shown {
  std::string key, value, origin;  // origin: "default" or "FILE:LINE"
};
std::vector<Shown> show_all(const Loaded& loaded);

// docs/configuration.md, whole.
std::string as_markdown();

}  // namespace entente::config
