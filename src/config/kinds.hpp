// The kinds of value a setting can have: each knows how to read one from a Node, how to show it, and what to call it.
// read() gives "…, but … came" as its error; the place is added by who calls. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <format>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/node.hpp"

namespace entente::config {

struct Text {
  std::string words() const { return "text"; }
  Result<std::string> read(const Node& node) const;
  std::string show(const std::string& value) const;
};

struct Choice {
  std::vector<std::string> choices;
  std::string words() const;
  Result<std::string> read(const Node& node) const;
  std::string show(const std::string& value) const { return Text().show(value); }
};

struct Texts {
  std::string words() const { return "list of text"; }
  Result<std::vector<std::string>> read(const Node& node) const;
  std::string show(const std::vector<std::string>& value) const;
};

struct Flag {
  std::string words() const { return "true or false"; }
  Result<bool> read(const Node& node) const;
  std::string show(bool value) const { return value ? "true" : "false"; }
};

// Public keys of logs, as signed notes have them; each once.
struct LogKeys {
  std::string words() const { return "list of logs' keys, each as NAME+HASH+BASE64"; }
  Result<std::vector<std::string>> read(const Node& node) const;
  std::string show(const std::vector<std::string>& value) const { return Texts().show(value); }
};

// ISO 3166 codes; `groups`: "EU" and "EEA" as well.
struct Countries {
  bool groups = false;
  std::string words() const { return groups ? "list of countries, \"EU\" or \"EEA\"" : "list of countries"; }
  Result<std::vector<std::string>> read(const Node& node) const;
  std::string show(const std::vector<std::string>& value) const { return Texts().show(value); }
};

struct Country {
  std::string words() const { return "country"; }
  Result<std::string> read(const Node& node) const;
  std::string show(const std::string& value) const { return Text().show(value); }
};

// "2026-10-01", with or without quotes.
struct Date {
  std::string words() const { return "date"; }
  Result<std::string> read(const Node& node) const;
  std::string show(const std::string& value) const { return Text().show(value); }
};

struct HowKnown {
  std::string words() const;
  Result<Assurance> read(const Node& node) const;
  std::string show(Assurance value) const { return Text().show(std::string(to_string(value))); }
};

struct Count {
  std::uint32_t least = 0, most = std::numeric_limits<std::uint32_t>::max();
  std::string words() const;
  Result<std::uint32_t> read(const Node& node) const;
  std::string show(std::uint32_t value) const { return std::to_string(value); }
};

// A number, or "auto": nothing.
struct CountOrAuto {
  std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  std::string words() const { return std::format("\"auto\", or an integer up to {}", most); }
  Result<std::optional<std::uint32_t>> read(const Node& node) const;
  std::string show(std::optional<std::uint32_t> value) const {
    return value ? std::to_string(*value) : std::string("\"auto\"");
  }
};

// Bytes: a number, or "32MiB", "64KiB", "1GiB".
struct Size {
  std::uint64_t least = 1;
  std::string words() const { return "size, like \"32MiB\""; }
  Result<std::uint64_t> read(const Node& node) const;
  std::string show(std::uint64_t value) const;
};

// "500ms", "10s", "5min", "2h".
struct Duration {
  std::string words() const { return "duration, like \"10s\""; }
  Result<std::chrono::milliseconds> read(const Node& node) const;
  std::string show(std::chrono::milliseconds value) const;
};

// A decimal amount of a currency, kept in nano-units.
struct Amount {
  std::string words() const { return "number, at least 0"; }
  Result<std::int64_t> read(const Node& node) const;
  std::string show(std::int64_t nano) const;
};

// An amount that need not be stated.
struct AmountOrNone {
  std::string words() const { return Amount().words(); }
  Result<std::optional<std::int64_t>> read(const Node& node) const { return Amount().read(node); }
  std::string show(std::optional<std::int64_t> nano) const { return nano ? Amount().show(*nano) : ""; }
};

// "env:NAME" or "file:/path"; a secret written into the file is an error that does not repeat it.
struct SecretSource {
  std::string words() const { return "secret, as \"env:NAME\" or \"file:/path\""; }
  Result<Secret> read(const Node& node) const;
  std::string show(const Secret& value) const { return Text().show(value.source()); }
};

struct SecretSources {
  std::string words() const { return "list of secrets, each as \"env:NAME\" or \"file:/path\""; }
  Result<std::vector<Secret>> read(const Node& node) const;
  std::string show(const std::vector<Secret>& value) const;
};

Error expected(std::string_view what, const Node& got);

}  // namespace entente::config
