#include "wire/json.hpp"

#include <algorithm>
#include <format>
#include <optional>

#include <simdjson.h>

#include "base/encoding.hpp"

namespace entente::wire {

namespace dom = simdjson::dom;

const Json* Json::find(std::string_view name) const {
  const Object* object = as<Object>();
  if (!object) return nullptr;
  for (const auto& [key, member] : *object) {
    if (key == name) return &member;
  }
  return nullptr;
}

std::string_view Json::kind() const {
  constexpr std::string_view names[] = {"null",     "a boolean", "an integer", "an integer",
                                        "a number", "a string",  "an array",   "an object"};
  return names[value.index()];
}

namespace {

Error invalid(std::string message) {
  return {.code = ErrorCode::invalid_request, .message = std::move(message), .reason = "invalid_json"};
}

std::optional<std::string> duplicate_key(const Json::Object& object) {
  // Small objects are compared pairwise; a large one (logit_bias, an attack) is sorted.
  if (object.size() <= 16) {
    for (std::size_t i = 1; i < object.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (object[i].first == object[j].first) return object[i].first;
      }
    }
    return std::nullopt;
  }
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto& member : object) keys.push_back(member.first);
  std::ranges::sort(keys);
  auto twice = std::ranges::adjacent_find(keys);
  if (twice == keys.end()) return std::nullopt;
  return std::string(*twice);
}

Result<Json> copy(dom::element element) {
  switch (element.type()) {
    case dom::element_type::NULL_VALUE: return Json{nullptr};
    case dom::element_type::BOOL: return Json{bool(element)};
    case dom::element_type::INT64: return Json{std::int64_t(element)};
    case dom::element_type::UINT64: return Json{std::uint64_t(element)};
    case dom::element_type::DOUBLE: return Json{double(element)};
    case dom::element_type::STRING: return Json{std::string(std::string_view(element))};
    case dom::element_type::ARRAY: {
      dom::array array = element;
      Json::Array out;
      out.reserve(array.size());
      for (dom::element item : array) {
        TRY_ASSIGN(Json value, copy(item));
        out.push_back(std::move(value));
      }
      return Json{std::move(out)};
    }
    case dom::element_type::OBJECT: {
      dom::object object = element;
      Json::Object out;
      out.reserve(object.size());
      for (dom::key_value_pair member : object) {
        TRY_ASSIGN(Json value, copy(member.value));
        out.emplace_back(std::string(member.key), std::move(value));
      }
      if (auto key = duplicate_key(out)) {
        Error error =
            invalid(std::format("The key \"{}\" appears twice in one object. Send it once.", shortened(*key)));
        error.param = shortened(*key);
        return fail(std::move(error));
      }
      return Json{std::move(out)};
    }
    default: return fail(invalid("A number in the body is too large for any number type."));
  }
}

std::string_view in_words(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR: return "The body is not valid UTF-8. Encode it as UTF-8 and send it again.";
    case simdjson::EMPTY: return "The body is empty. Send a JSON object.";
    case simdjson::DEPTH_ERROR: return "The body is nested too deeply.";
    case simdjson::UNCLOSED_STRING: return "The body is not valid JSON: a string is never closed.";
    case simdjson::STRING_ERROR: return "The body is not valid JSON: a string holds a malformed escape.";
    case simdjson::UNESCAPED_CHARS:
      return "The body is not valid JSON: a string holds a control character that must be escaped.";
    case simdjson::NUMBER_ERROR: return "The body is not valid JSON: a number is malformed.";
    case simdjson::BIGINT_ERROR: return "A number in the body is too large for any number type.";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR: return "The body is not valid JSON: expected true, false or null.";
    case simdjson::CAPACITY: return "The body is too large to be parsed.";
    default:
      return "The body is not valid JSON: a comma, colon, bracket or key is missing, or something follows the "
             "document.";
  }
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t deepest_nesting) {
  // simdjson would pass over it, and what is JSON to us would be none where it is repeated within another text.
  if (text.starts_with("\xef\xbb\xbf"))
    return fail(invalid("The body begins with a byte order mark, which JSON does not have. Send it without."));
  // simdjson reads up to 63 bytes beyond the text: it gets a padded copy. The parser keeps its buffers per thread, up
  // to a size that an ordinary request needs.
  thread_local dom::parser parser;
  if (auto error = parser.allocate(std::max<std::size_t>(text.size(), 4096), deepest_nesting)) {
    return fail(invalid(std::string(in_words(error))));
  }
  simdjson::padded_string padded(text);
  dom::element document;
  if (auto error = parser.parse(padded).get(document)) return fail(invalid(std::string(in_words(error))));
  Result<Json> out = copy(document);
  if (parser.capacity() > 1024 * 1024) parser = dom::parser();
  return out;
}

}  // namespace entente::wire
