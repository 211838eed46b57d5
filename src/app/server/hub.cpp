#include "app/server/hub.hpp"

#include <cstdio>
#include <cstdlib>

namespace entente::app {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

models::Hub hub_of_environment() {
  models::Hub hub;
  if (std::string endpoint = environment("HF_ENDPOINT"); !endpoint.empty()) hub.endpoint = endpoint;
  while (hub.endpoint.ends_with('/')) hub.endpoint.pop_back();
  hub.token = environment("HF_TOKEN");
  if (!hub.token.empty() && !hub.endpoint.starts_with("https://")) {
    std::fprintf(stderr, "HF_TOKEN is not sent: %s is not https, so anybody on the way could read it.\n",
                 hub.endpoint.c_str());
    hub.token.clear();
  }
  return hub;
}

}  // namespace entente::app
