// Deployment: one model at one provider in one place under one contract, the thing a request is sent to. Model: the
// public name a client asks for, which resolves to deployments in order of preference. Values made from the
// configuration; a Catalogue is never changed, only replaced whole, so a request keeps the one it began with.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/facts.hpp"

namespace entente {

struct Price {
  std::string currency;
  std::int64_t input_nano_per_million = 0;
  std::int64_t output_nano_per_million = 0;
};

struct Deployment {
  std::string name;      // "here", "gpt-sweden"
  std::string provider;  // name of a configured provider; "local" is this process
  std::string model;     // the provider's own name for it: "smollm2:135m", "gpt-4.1"
  Facts facts;
  std::optional<Price> price;
};

struct Model {
  std::string name;
  std::vector<std::string> deployments;  // names, preferred first
  Instant created{};                     // shown by GET /v1/models
  std::string owner;                     // the maker, "owned_by" there
};

struct Catalogue {
  std::map<std::string, Model, std::less<>> models;
  std::map<std::string, Deployment, std::less<>> deployments;
};

}  // namespace entente
