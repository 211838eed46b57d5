// Endpoints of OpenAI's that no deployment answers yet: what is missing, who could, and what would mend it. A client
// gets an error of its own kind to read instead of a path that is not there.
#include <format>

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "base/encoding.hpp"

namespace entente::api {

namespace {

// The deployments that take such work: today none does. Named, so that a person sees what was looked at.
std::string looked_at(const Catalogue& catalogue) {
  constexpr std::size_t most = 8;
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, deployment] : catalogue.deployments) {
    if (++count > most) continue;
    names += std::format("{}{} ({})", names.empty() ? "" : ", ", shortened(name), shortened(deployment.provider));
  }
  if (count == 0) return "No deployment is configured";
  if (count > most) names += std::format(" and {} more", count - most);
  return std::format("None of the deployments here could: {}", names);
}

Task<> refuse(const Services& services, std::string_view asks_for, std::string_view mend) {
  co_return fail({.code = ErrorCode::unsupported,
                  .message = std::format("{}. {}. {}", asks_for, looked_at(*services.gateway->catalogue()), mend),
                  .reason = "no_deployment_for_this"});
}

}  // namespace

Task<> judge_texts(Context&, const Services& services, std::string_view) {
  return refuse(services, "Judging texts (moderations) needs a model that was trained to classify them",
                "Ask a guard model over /v1/chat/completions, with a schema for its verdict");
}

Task<> make_images(Context&, const Services& services, std::string_view) {
  return refuse(services, "Making images needs a deployment whose model draws",
                "This version sends chats to other makers, and hosts models of text: ask the maker itself");
}

Task<> hear_or_speak(Context&, const Services& services, std::string_view) {
  return refuse(services, "Speech needs a deployment whose model hears or speaks",
                "This version sends chats to other makers, and hosts models of text: ask the maker itself");
}

}  // namespace entente::api
