#include "wire/openai/provider_object.hpp"

#include <cmath>
#include <format>

namespace entente::wire {

namespace {

std::optional<std::vector<std::string>> read_names(Fields& fields, std::string_view name) {
  const Json::Array* list = fields.array(name);
  if (!list) return std::nullopt;
  std::vector<std::string> names;
  for (const Json& item : *list) {
    if (const std::string* text = item.as<std::string>()) {
      names.push_back(*text);
    } else {
      fields.reject(name, std::format("'{}' must hold names of providers or deployments.", fields.path_of(name)));
    }
  }
  return names;
}

// Amounts of money a million tokens; OpenRouter also writes them as text.
std::optional<std::int64_t> read_amount(Fields& fields, std::string_view name) {
  constexpr double most = 1e6, nano = 1e9;
  auto amount = fields.number(name, 0, most);
  if (!amount) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(*amount * nano));
}

void read_most_price(Fields& fields, Preferences& preferences) {
  fields.inside("max_price", [&](Fields& inner) {
    Preferences::MostPrice& most = preferences.most_price.emplace(Preferences::MostPrice{});  // clang: not without one
    most.input_nano_per_million = read_amount(inner, "prompt");
    most.output_nano_per_million = read_amount(inner, "completion");
    most.currency = inner.text("currency").value_or(most.currency);
    constexpr std::string_view not_sold[] = {"request", "image", "audio"};
    inner.refuse(not_sold, "Nothing is sold by that measure here.");
  });
}

void read_sort(Fields& fields, Preferences& preferences) {
  auto word = fields.text("sort");
  if (!word) return;
  if (*word == "price") {
    preferences.sort = Preferences::Sort::price;
  } else if (*word == "latency") {
    preferences.sort = Preferences::Sort::latency;
  } else {
    fields.reject("sort", std::format("'{}' may be 'price' or 'latency'.", fields.path_of("sort")),
                  "unsupported_value");
  }
}

void read_data_collection(Fields& fields, Preferences& preferences) {
  std::string word = fields.text("data_collection").value_or("allow");
  if (word != "allow" && word != "deny") {
    fields.reject("data_collection", std::format("'{}' may be 'allow' or 'deny'.", fields.path_of("data_collection")));
  }
  preferences.no_data_collection = word == "deny" || fields.boolean("zdr").value_or(false);
}

}  // namespace

std::shared_ptr<const Preferences> read_provider_object(Fields& fields) {
  auto preferences = std::make_shared<Preferences>();
  bool there = fields.inside("provider", [&](Fields& inner) {
    preferences->order = read_names(inner, "order").value_or(std::vector<std::string>());
    preferences->only = read_names(inner, "only");
    preferences->ignore = read_names(inner, "ignore").value_or(std::vector<std::string>());
    preferences->allow_fallbacks = inner.boolean("allow_fallbacks").value_or(true);
    read_most_price(inner, *preferences);
    read_sort(inner, *preferences);
    read_data_collection(inner, *preferences);
    // Who cannot do what is asked is never asked, whatever this says: nothing is dropped in silence.
    constexpr std::string_view always[] = {"require_parameters"};
    inner.accept(always);
    constexpr std::string_view not_known[] = {"quantizations", "enforce_distillable_text", "preferred_min_throughput",
                                              "preferred_max_latency"};
    inner.refuse(not_known);
  });
  if (!there) return nullptr;
  return preferences;
}

}  // namespace entente::wire
