#include "api/able.hpp"

#include <algorithm>
#include <format>

#include "base/encoding.hpp"

namespace entente::api {

namespace {

constexpr std::size_t most_named = 8;

std::string named(const std::vector<gateway::Able>& able) {
  std::string names;
  for (std::size_t i = 0; i < std::min(able.size(), most_named); ++i)
    names += std::format("{}'{}' (model '{}')", names.empty() ? "" : ", ", able[i].deployment, able[i].model);
  if (able.size() > most_named) names += std::format(" and {} more", able.size() - most_named);
  return names;
}

// Named, so that a person sees what was looked at.
std::string looked_at(const Catalogue& catalogue) {
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, deployment] : catalogue.deployments) {
    if (++count > most_named) continue;
    names += std::format("{}{} ({})", names.empty() ? "" : ", ", shortened(name), shortened(deployment.provider));
  }
  if (count == 0) return "No deployment is configured";
  if (count > most_named) names += std::format(" and {} more", count - most_named);
  return std::format("None of the deployments here could: {}", names);
}

std::unexpected<Error> cannot(ErrorCode code, std::string message, std::string_view reason = "no_deployment_for_this") {
  return fail({.code = code, .message = std::move(message), .reason = std::string(reason), .param = "model"});
}

}  // namespace

Result<> settle_model(const Services& services, Work& work, const Kind& kind) {
  std::vector<gateway::Able> able = services.gateway->who_could(work);
  auto catalogue = services.gateway->catalogue();
  if (able.empty()) {
    return cannot(ErrorCode::unsupported,
                  std::format("{} needs a deployment whose model does that. {}. Configure one: docs/clients.md has an "
                              "example.",
                              kind.asking, looked_at(*catalogue)));
  }
  std::string& name = model_of(work);
  if (name.empty()) {
    bool one = std::ranges::all_of(able, [&](const auto& each) { return each.model == able.front().model; });
    if (!one) {
      return cannot(ErrorCode::invalid_request,
                    std::format("'model' is missing, and several deployments here could do this: {}.", named(able)),
                    "missing_required_parameter");
    }
    name = able.front().model;
    return {};
  }
  const Model* model = find_model(*catalogue, name);
  if (!model) {
    return cannot(
        ErrorCode::not_found,
        std::format("The model '{}' does not exist here. These {}: {}.", shortened(name), kind.does, named(able)),
        "model_not_found");
  }
  if (std::ranges::contains(able, model->name, &gateway::Able::model)) return {};
  return cannot(ErrorCode::unsupported, std::format("No deployment of the model '{}' {}. These could: {}.",
                                                    shortened(name), kind.does, named(able)));
}

}  // namespace entente::api
