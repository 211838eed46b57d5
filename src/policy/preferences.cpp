#include "policy/preferences.hpp"

#include <algorithm>
#include <array>
#include <format>
#include <iterator>

#include "base/ascii.hpp"
#include "policy/check.hpp"

namespace entente::policy {

namespace {

bool is_named(const Deployment& deployment, std::string_view name) {
  return equal_without_case(deployment.name, name) || equal_without_case(deployment.provider, name);
}

bool is_among(const Deployment& deployment, const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [&](const std::string& name) { return is_named(deployment, name); });
}

std::optional<std::string> too_expensive(const Preferences::MostPrice& most, const std::optional<Price>& price) {
  if (!price) return "states no price, and the request has a most";
  if (price->currency != most.currency)
    return std::format("states its price in {}, the request its most in {}", price->currency, most.currency);
  auto beyond = [](std::int64_t asked, const std::optional<std::int64_t>& limit) { return limit && asked > *limit; };
  if (beyond(price->input_nano_per_million, most.input_nano_per_million)) return "costs more for what it reads";
  if (beyond(price->output_nano_per_million, most.output_nano_per_million)) return "costs more for what it writes";
  return std::nullopt;
}

// What "collects no data" asks for, as rules: unknown and expired facts count as the worst, as they do everywhere.
std::optional<std::string> collects(const Deployment& deployment, std::string_view today) {
  static const std::array collects_nothing{Rule{.subject = "max_retention_days", .most = 0},
                                           Rule{.subject = "training_use", .truth = false}};
  for (const Rule& rule : collects_nothing) {
    if (auto why = failure_of(rule, deployment, {}, today)) return why;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> unwanted(const Preferences& preferences, const Deployment& deployment,
                                    std::string_view today) {
  if (preferences.only && !is_among(deployment, *preferences.only)) return "is not among those the request names";
  if (is_among(deployment, preferences.ignore)) return "is not wanted by the request";
  if (preferences.most_price) {
    if (auto why = too_expensive(*preferences.most_price, deployment.price)) return why;
  }
  if (preferences.no_data_collection) return collects(deployment, today);
  return std::nullopt;
}

std::vector<Candidate> prefer(const Preferences& preferences, std::vector<Candidate>& candidates) {
  auto rank = [&](const Candidate& one) {
    auto found = std::ranges::find_if(preferences.order,
                                      [&](const std::string& name) { return is_named(*one.deployment, name); });
    return found - preferences.order.begin();
  };
  std::ranges::stable_sort(candidates, {}, rank);
  if (preferences.allow_fallbacks) return {};
  auto rest = candidates.begin();
  if (preferences.order.empty()) {
    rest += candidates.empty() ? 0 : 1;
  } else {
    auto named = std::ssize(preferences.order);
    rest = std::ranges::find_if(candidates, [&](const Candidate& one) { return rank(one) == named; });
  }
  std::vector<Candidate> left_out(rest, candidates.end());
  candidates.erase(rest, candidates.end());
  return left_out;
}

std::optional<Error> refusal_by_preferences(const Decision& decision, std::string_view model) {
  if (!decision.chosen.empty()) return std::nullopt;
  constexpr std::size_t most_named = 3;
  std::string each;
  std::size_t named = 0;
  for (const Verdict& verdict : decision.verdicts) {
    if (verdict.rule != preference_rule) continue;
    if (++named <= most_named) each += std::format(" {} {}.", verdict.deployment, verdict.reason);
  }
  if (named == 0) return std::nullopt;
  if (named > most_named) each += std::format(" {} more are left out as well.", named - most_named);
  return Error{
      .code = ErrorCode::invalid_request,
      .message = std::format("What 'provider' asks for leaves nobody who could answer for '{}':{}", model, each),
      .reason = "no_candidate_wanted",
      .param = "provider"};
}

}  // namespace entente::policy
