#include "api/azure.hpp"

namespace entente::api {

Place without_azure(std::string_view path) {
  constexpr std::string_view azure = "/openai/", deployments = "deployments/", version = "v1/";
  if (!path.starts_with(azure)) return {.path = std::string(path), .model = {}};
  std::string_view rest = path.substr(azure.size());
  Place place;
  if (rest.starts_with(deployments)) {
    rest.remove_prefix(deployments.size());
    std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return {.path = std::string(path), .model = {}};
    place.model = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
  } else if (rest.starts_with(version)) {
    rest.remove_prefix(version.size());
  }
  place.path.append("/v1/").append(rest);
  return place;
}

}  // namespace entente::api
