#include "wire/openai/text_or_tokens.hpp"

#include <format>
#include <limits>

namespace entente::wire {

namespace {

bool read_token(const Json& item, std::vector<std::int32_t>& tokens) {
  auto* number = item.as<std::int64_t>();
  if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) return false;
  tokens.push_back(static_cast<std::int32_t>(*number));
  return true;
}

}  // namespace

std::vector<TextOrTokens> read_texts_or_tokens(Fields& fields, std::string_view name, std::size_t most) {
  const Json* value = fields.any(name);
  if (!value) {
    fields.missing(name);
    return {};
  }
  if (auto* text = value->as<std::string>()) return {*text};
  auto wrong = [&](const Json& got) -> std::vector<TextOrTokens> {
    fields.reject(name,
                  std::format("'{}' must be a string, an array of tokens, or an array of either, but {} came.",
                              fields.path_of(name), got.kind()),
                  "invalid_type");
    return {};
  };
  auto* list = value->as<Json::Array>();
  if (!list) return wrong(*value);
  if (list->empty()) {
    fields.reject(name, std::format("'{}' must not be empty.", fields.path_of(name)), "empty_array");
    return {};
  }
  std::vector<TextOrTokens> out;
  if (list->front().as<std::int64_t>()) {
    std::vector<std::int32_t> tokens;
    for (const Json& item : *list) {
      if (!read_token(item, tokens)) return wrong(item);
    }
    out.emplace_back(std::move(tokens));
    return out;
  }
  if (list->size() > most) {
    fields.reject(name, std::format("'{}' holds at most {} items.", fields.path_of(name), most));
    return {};
  }
  for (const Json& item : *list) {
    std::vector<std::int32_t> tokens;
    auto* inner = item.as<Json::Array>();
    if (auto* text = item.as<std::string>()) {
      out.emplace_back(*text);
      continue;
    }
    if (!inner || inner->empty()) return wrong(item);
    for (const Json& token : *inner) {
      if (!read_token(token, tokens)) return wrong(token);
    }
    out.emplace_back(std::move(tokens));
  }
  return out;
}

}  // namespace entente::wire
