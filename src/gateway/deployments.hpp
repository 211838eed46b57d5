// What is known of the deployments at this moment, and what a test of one found: values for people and metrics.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "domain/deployment.hpp"
#include "domain/usage.hpp"
#include "providers/health_now.hpp"

namespace entente::gateway {

struct DeploymentNow {
  std::shared_ptr<const Deployment> deployment;
  std::optional<providers::HealthNow> health;            // none: nobody keeps that
  std::optional<std::chrono::microseconds> first_token;  // how long it took lately
};

// A deployment that could take a kind of work, by the model under which it is asked.
struct Able {
  std::string model, deployment;
};

// The smallest possible request with one key of the deployment's provider.
struct Tested {
  std::size_t key = 0;         // from 0
  std::optional<Error> error;  // none: it answered
  std::chrono::microseconds first_token{0}, whole{0};
  Usage usage;
};

}  // namespace entente::gateway
