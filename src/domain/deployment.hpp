// Deployment: one model at one provider in one place under one contract, the thing a request is sent to. Model: the
// public name a client asks for, which resolves to deployments in order of preference. Values made from the
// configuration; a Catalogue is never changed, only replaced whole, so a request keeps the one it began with.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/facts.hpp"
#include "domain/work.hpp"

namespace entente {

struct Price {
  std::string currency;
  std::int64_t input_nano_per_million = 0;
  std::int64_t output_nano_per_million = 0;
  std::optional<std::int64_t> cached_input_nano_per_million;  // none: as any other input
};

struct Deployment {
  std::string name;      // "here", "gpt-sweden"
  std::string provider;  // name of a configured provider; "local" is this process
  std::string model;     // the provider's own name for it: "smollm2:135m", "gpt-4.1"
  Facts facts;
  std::optional<Price> price;
  std::optional<Needs> capabilities;        // none: whatever its provider's models can do
  std::uint32_t context_tokens = 0;         // prompt and answer together; 0: not stated
  std::uint32_t most_running = 0;           // attempts at a time; 0: no limit
  std::chrono::milliseconds queue_time{0};  // how long work waits when that many run
  std::uint32_t weight = 1;                 // of its model's work, where the strategy is "weight"
  std::string registered;                   // entry of the register that states what `facts` did not; empty: none
};

// How the deployments of a model are ordered.
enum class Strategy {
  priority,  // as listed
  weight,    // drawn, by weight
  latency,   // the soonest first token first, as measured
  price,     // the cheapest first
  context,   // the shortest context that holds the work first
  cascade,   // as listed, small to large; the next when an answer is not good enough (gateway/held_answer.hpp)
};
std::string_view to_string(Strategy strategy);

struct Model {
  std::string name;
  std::vector<std::string> deployments;  // names, preferred first
  Strategy strategy = Strategy::priority;
  // When the one who was asked has not begun to answer after this time, the next is asked beside it; the sooner
  // answers, the other is stopped. 0: never.
  std::chrono::milliseconds hedge_after{0};
  // The same after so many per cent of the first's latest answers had begun, once enough were seen. 0: never.
  std::uint32_t hedge_percentile = 0;
  bool sticky = false;               // with "weight": who asks again gets whom they had, while the list stays as it is
  bool content_filter_next = false;  // work that a maker's filter refuses goes to the next deployment
  std::vector<std::string> aliases;  // other names for it; '*' stands for any text: "gpt-4o", "claude-*"
  Instant created{};                 // shown by GET /v1/models
  std::string owner;                 // the maker, "owned_by" there
};

struct Catalogue {
  std::map<std::string, Model, std::less<>> models;
  std::map<std::string, Deployment, std::less<>> deployments;
  // This server as a place where things are kept: its own facts, and how long it keeps what a client asks it to.
  Deployment keeper{.name = "this server", .provider = "local", .model = {}, .facts = {}, .price = {}};
};

// The model that a client means by a name: the one that has it, else one of whose other names it is, else the one with
// the longest pattern that it fits. Null: none.
const Model* find_model(const Catalogue& catalogue, std::string_view name);

// Whether a name is what a pattern means, in which '*' stands for any text.
bool fits_pattern(std::string_view name, std::string_view pattern);
// Whether one of them means it; none of them: any name does.
bool fits_any(const std::vector<std::string>& patterns, std::string_view name);

// What lists show: each model under its own name and its other names; patterns are no names.
std::vector<Model> models_by_every_name(const Catalogue& catalogue);

}  // namespace entente
