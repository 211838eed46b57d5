#include "config/kinds.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <format>
#include <fstream>
#include <iterator>
#include <optional>

#include "audit/keys/note_key.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json_text.hpp"
#include "base/suggest.hpp"
#include "domain/countries.hpp"

namespace entente::config {

Error expected(std::string_view what, const Node& got) {
  return {.code = ErrorCode::invalid_request, .message = std::format("expected {}, but {} came", what, got.kind())};
}

namespace {

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// "32MiB" with units to choose from; nothing when it has not that form or is beyond 2^53.
std::optional<std::uint64_t> with_unit(std::string_view text, std::initializer_list<Unit> units) {
  std::uint64_t number = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  auto found = std::ranges::find(units, unit, &Unit::name);
  if (found == units.end()) return std::nullopt;
  // What overflows would be something small.
  constexpr std::uint64_t most = std::uint64_t{1} << 53;
  if (number > most / found->factor) return std::nullopt;
  return number * found->factor;
}

}  // namespace

Result<std::string> Secret::read() const {
  if (source_.starts_with("env:")) {
    const char* value = std::getenv(source_.c_str() + 4);
    if (!value || !*value) {
      return fail(ErrorCode::unavailable, std::format("The environment variable {} is not set.", source_.substr(4)));
    }
    return std::string(value);
  }
  std::ifstream file(source_.substr(5));
  std::string value(std::istreambuf_iterator<char>(file), {});
  while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
  if (value.empty()) {
    return fail(ErrorCode::unavailable, std::format("The file {} cannot be read, or is empty.", source_.substr(5)));
  }
  return value;
}

Result<std::string> Text::read(const Node& node) const {
  if (auto* text = std::get_if<std::string>(&node.value)) return *text;
  return fail(expected("text in quotes", node));
}

std::string Text::show(const std::string& value) const {
  std::string out;
  append_json_string(out, value);  // TOML's basic strings have JSON's escapes
  return out;
}

std::string Choice::words() const {
  std::string out = "one of";
  for (std::size_t i = 0; i < choices.size(); ++i) out += std::format("{} \"{}\"", i ? "," : "", choices[i]);
  return out;
}

Result<std::string> Choice::read(const Node& node) const {
  TRY_ASSIGN(std::string text, Text().read(node));
  if (std::ranges::contains(choices, text)) return text;
  std::string near = nearest_name(text, choices);
  return wrong(std::format("expected {}, but \"{}\" came{}", words(), shortened(text),
                           near.empty() ? "" : std::format("; did you mean \"{}\"?", near)));
}

Result<std::vector<std::string>> Texts::read(const Node& node) const {
  auto* array = std::get_if<Node::Array>(&node.value);
  if (!array) return fail(expected("a list of texts in brackets", node));
  std::vector<std::string> out;
  for (const Node& item : *array) {
    TRY_ASSIGN(std::string text, Text().read(item));
    out.push_back(std::move(text));
  }
  return out;
}

std::string Texts::show(const std::vector<std::string>& value) const {
  std::string out = "[";
  for (const std::string& item : value) out += (out.size() > 1 ? ", " : "") + Text().show(item);
  return out + "]";
}

std::string Count::words() const {
  return most == std::numeric_limits<std::uint32_t>::max() ? std::format("integer, at least {}", least)
                                                           : std::format("integer from {} to {}", least, most);
}

Result<std::uint32_t> Count::read(const Node& node) const {
  auto* number = std::get_if<std::int64_t>(&node.value);
  if (!number) return fail(expected("an integer", node));
  if (*number < least || *number > most) return wrong(std::format("expected an {}, but {} came", words(), *number));
  return static_cast<std::uint32_t>(*number);
}

Result<std::optional<std::uint32_t>> CountOrAuto::read(const Node& node) const {
  if (auto* text = std::get_if<std::string>(&node.value); text && *text == "auto") return std::nullopt;
  auto* number = std::get_if<std::int64_t>(&node.value);
  if (!number || *number < 0 || *number > most) return fail(expected(words(), node));
  return static_cast<std::uint32_t>(*number);
}

Result<std::uint64_t> Size::read(const Node& node) const {
  std::optional<std::uint64_t> bytes;
  if (auto* number = std::get_if<std::int64_t>(&node.value); number && *number >= 0)
    bytes = static_cast<std::uint64_t>(*number);
  if (auto* text = std::get_if<std::string>(&node.value)) {
    bytes = with_unit(*text, {{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}});
  }
  if (!bytes) return wrong("expected a size like \"32MiB\" (units: B, KiB, MiB, GiB)");
  if (*bytes < least) return wrong(std::format("expected at least {} bytes, but {} came", least, *bytes));
  return *bytes;
}

std::string Size::show(std::uint64_t value) const {
  for (auto [name, factor] : {Unit{"GiB", 1024 * 1024 * 1024}, Unit{"MiB", 1024 * 1024}, Unit{"KiB", 1024}}) {
    if (value >= factor && value % factor == 0) return std::format("\"{}{}\"", value / factor, name);
  }
  return std::to_string(value);
}

Result<std::chrono::milliseconds> Duration::read(const Node& node) const {
  std::optional<std::uint64_t> ms;
  if (auto* text = std::get_if<std::string>(&node.value)) {
    ms = with_unit(*text, {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}});
  }
  if (!ms) return wrong("expected a duration like \"10s\" (units: ms, s, min, h, d)");
  // A hundred years: what clocks can add to now.
  if (*ms > 36'500ull * 86'400'000) return wrong("expected at most \"36500d\"");
  return std::chrono::milliseconds(*ms);
}

std::string Duration::show(std::chrono::milliseconds value) const {
  auto count = static_cast<std::uint64_t>(value.count());
  for (auto [name, factor] : {Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"min", 60'000}, Unit{"s", 1000}}) {
    if (count >= factor && count % factor == 0) return std::format("\"{}{}\"", count / factor, name);
  }
  return std::format("\"{}ms\"", count);
}

Result<Secret> SecretSource::read(const Node& node) const {
  auto* text = std::get_if<std::string>(&node.value);
  if (text && (text->starts_with("env:") || text->starts_with("file:/"))) return Secret(*text);
  return wrong("expected where the secret is kept, \"env:NAME\" or \"file:/path\"; a secret never stands in this file");
}

Result<std::vector<Secret>> SecretSources::read(const Node& node) const {
  auto* array = std::get_if<Node::Array>(&node.value);
  if (!array) return fail(expected("a list of secrets in brackets", node));
  std::vector<Secret> out;
  for (const Node& item : *array) {
    TRY_ASSIGN(Secret secret, SecretSource().read(item));
    out.push_back(std::move(secret));
  }
  return out;
}

std::string SecretSources::show(const std::vector<Secret>& value) const {
  std::string out = "[";
  for (const Secret& item : value) out += (out.size() > 1 ? ", " : "") + SecretSource().show(item);
  return out + "]";
}

Result<bool> Flag::read(const Node& node) const {
  if (auto* truth = std::get_if<bool>(&node.value)) return *truth;
  return fail(expected("true or false", node));
}

namespace {

Result<> check_country(const std::string& code, bool groups) {
  if (is_country(code) || (groups && !countries_of(code).empty())) return {};
  return wrong(std::format("expected countries by their ISO 3166 codes, like \"FR\"{}, but \"{}\" came",
                           groups ? ", or \"EU\" or \"EEA\"" : "", code));
}

}  // namespace

Result<std::vector<std::string>> Countries::read(const Node& node) const {
  TRY_ASSIGN(std::vector<std::string> codes, Texts().read(node));
  for (const std::string& code : codes) TRY(check_country(code, groups));
  return codes;
}

Result<std::vector<std::string>> LogKeys::read(const Node& node) const {
  TRY_ASSIGN(std::vector<std::string> keys, Texts().read(node));
  std::vector<std::string_view> seen;
  for (const std::string& key : keys) {
    TRY(audit::parse_public_key(key, {audit::KeyType::note}));
    if (std::ranges::contains(seen, key)) return wrong(std::format("the key {} is listed twice", key));
    seen.push_back(key);
  }
  return keys;
}

Result<std::string> Country::read(const Node& node) const {
  TRY_ASSIGN(std::string code, Text().read(node));
  TRY(check_country(code, false));
  return code;
}

Result<std::string> Date::read(const Node& node) const {
  TRY_ASSIGN(std::string text, Text().read(node));
  if (parse_date(text)) return text;
  return wrong(std::format("expected a date like 2026-10-01, but \"{}\" came", text));
}

Result<std::int64_t> Amount::read(const Node& node) const {
  double amount = -1;
  if (auto* whole = std::get_if<std::int64_t>(&node.value)) amount = static_cast<double>(*whole);
  if (auto* decimal = std::get_if<double>(&node.value)) amount = *decimal;
  if (!(amount >= 0 && amount <= 1e6)) return wrong("expected a number from 0 to 1,000,000");
  return std::llround(amount * 1e9);
}

std::string Amount::show(std::int64_t nano) const { return std::format("{}", static_cast<double>(nano) / 1e9); }

namespace {
const Choice how_known{{"unknown", "declared", "contract", "certified", "measured"}};
}

std::string HowKnown::words() const { return how_known.words(); }

Result<Assurance> HowKnown::read(const Node& node) const {
  TRY_ASSIGN(std::string word, how_known.read(node));
  auto all = {Assurance::unknown, Assurance::declared, Assurance::contract, Assurance::certified, Assurance::measured};
  return *std::ranges::find(all, word, [](Assurance one) { return to_string(one); });
}

}  // namespace entente::config
