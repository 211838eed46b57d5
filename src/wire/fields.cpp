#include "wire/fields.hpp"

#include <algorithm>
#include <format>
#include <limits>

#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/suggest.hpp"
#include "wire/field_classes.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

Fields::Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (object_.as<Json::Object>()) return;
  std::string what = path_.empty() ? "The body" : std::format("'{}'", path_);
  error_ = Error{.code = ErrorCode::invalid_request,
                 .message = std::format("{} must be an object, but {} came.", what, object_.kind()),
                 .reason = "invalid_type",
                 .param = path_};
}

std::string Fields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : std::format("{}.{}", path_, name);
}

void Fields::reject(std::string_view name, std::string message, std::string reason) {
  if (error_) return;
  error_ = Error{.code = ErrorCode::invalid_request,
                 .message = std::move(message),
                 .reason = std::move(reason),
                 .param = path_of(name)};
}

void Fields::missing(std::string_view name) {
  reject(name, std::format("'{}' is missing.", path_of(name)), "missing_required_parameter");
}

void Fields::reject(Error error) {
  if (!error_) error_ = std::move(error);
}

void Fields::wrong_type(std::string_view name, const Json& got, std::string_view expected) {
  reject(name, std::format("'{}' must be {}, but {} came.", path_of(name), expected, got.kind()), "invalid_type");
}

namespace {
thread_local std::vector<std::string>* overheard = nullptr;
}

void Fields::overhear(std::vector<std::string>* names) { overheard = names; }

const Json* Fields::take(std::string_view name) {
  asked_.push_back(name);
  if (overheard && path_.empty()) overheard->emplace_back(name);
  const Json* member = object_.find(name);
  return member && !member->is_null() ? member : nullptr;
}

std::optional<std::string> Fields::text(std::string_view name) {
  const Json* member = take(name);
  if (!member) return std::nullopt;
  if (auto* text = member->as<std::string>()) return *text;
  wrong_type(name, *member, "a string");
  return std::nullopt;
}

std::string Fields::required_text(std::string_view name) {
  auto value = text(name);
  if (!value) missing(name);
  return value.value_or("");
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const Json* member = take(name);
  if (!member) return std::nullopt;
  if (auto* flag = member->as<bool>()) return *flag;
  wrong_type(name, *member, "a boolean");
  return std::nullopt;
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const Json* member = take(name);
  if (!member) return std::nullopt;
  auto* value = member->as<std::int64_t>();
  if (!value && !member->as<std::uint64_t>()) {
    wrong_type(name, *member, "an integer");
    return std::nullopt;
  }
  if (value && *value >= least && *value <= most) return *value;
  std::string range = most == std::numeric_limits<std::int64_t>::max() ? std::format("at least {}", least)
                                                                       : std::format("between {} and {}", least, most);
  std::string got = value ? std::to_string(*value) : std::to_string(*member->as<std::uint64_t>());
  reject(name, std::format("'{}' must be {}, but {} came.", path_of(name), range, got));
  return std::nullopt;
}

std::optional<double> Fields::number(std::string_view name, double least, double most) {
  const Json* member = take(name);
  if (!member) return std::nullopt;
  double value = 0;
  if (auto* d = member->as<double>()) {
    value = *d;
  } else if (auto* i = member->as<std::int64_t>()) {
    value = static_cast<double>(*i);
  } else if (auto* u = member->as<std::uint64_t>()) {
    value = static_cast<double>(*u);
  } else {
    wrong_type(name, *member, "a number");
    return std::nullopt;
  }
  if (value >= least && value <= most) return value;
  reject(name, std::format("'{}' must be between {} and {}, but {} came.", path_of(name), least, most, value));
  return std::nullopt;
}

const Json::Array* Fields::array(std::string_view name) {
  const Json* member = take(name);
  if (!member) return nullptr;
  if (auto* array = member->as<Json::Array>()) return array;
  wrong_type(name, *member, "an array");
  return nullptr;
}

const Json* Fields::object(std::string_view name) {
  const Json* member = take(name);
  if (!member) return nullptr;
  if (member->as<Json::Object>()) return member;
  wrong_type(name, *member, "an object");
  return nullptr;
}

const Json* Fields::any(std::string_view name) { return take(name); }

void Fields::accept(std::span<const std::string_view> names) {
  asked_.insert(asked_.end(), names.begin(), names.end());
  if (overheard && path_.empty()) overheard->insert(overheard->end(), names.begin(), names.end());
}

namespace {

bool asks_for_nothing(const Json& value) {
  if (auto* list = value.as<Json::Array>()) return list->empty();
  if (auto* flag = value.as<bool>()) return !*flag;
  auto* number = value.as<std::int64_t>();
  return number && *number == 0;
}

}  // namespace

void Fields::refuse(std::span<const std::string_view> names, std::string_view hint) {
  for (std::string_view name : names) {
    const Json* value = any(name);
    if (!value || asks_for_nothing(*value)) continue;
    reject(not_supported(name, hint));
  }
}

Error Fields::not_supported(std::string_view name, std::string_view hint) const {
  return {.code = ErrorCode::invalid_request,
          .message = std::format("'{}' is not supported by this version. {}", path_of(name), hint),
          .reason = "unsupported_parameter",
          .param = path_of(name)};
}

void Fields::nothing_else() {
  auto* members = object_.as<Json::Object>();
  if (error_ || !members) return;
  for (const auto& [name, value] : *members) {
    if (std::ranges::contains(asked_, std::string_view(name))) continue;
    reject(unknown(name, near_to(name)));
    return;
  }
}

std::string Fields::near_to(std::string_view name) const {
  return nearest_name(name, std::vector<std::string>(asked_.begin(), asked_.end()));
}

Error Fields::unknown(std::string_view name, std::string_view near) const {
  std::string shown = path_of(shortened(name));
  std::string hint = near.empty() ? "Remove it." : std::format("Did you mean '{}'?", near);
  return {.code = ErrorCode::invalid_request,
          .message = std::format("Unknown parameter: '{}'. {}", shown, hint),
          .reason = "unknown_parameter",
          .param = shown};
}

namespace {

constexpr std::size_t longest_passed = 64, most_passed = 64;  // they are recorded by name

// As members of a dialect are named. Others might be taken for one that they are not: some servers fold letters.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_passed && std::ranges::all_of(name, [](char c) {
    return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
}

}  // namespace

std::shared_ptr<const PassedFields> Fields::pass(std::string_view dialect, std::span<const std::string_view> quiet) {
  auto* members = object_.as<Json::Object>();
  if (error_ || !members) return nullptr;
  auto is_asked_for = [this, count = asked_.size()](const auto& member) {
    return std::ranges::contains(std::span(asked_).first(count), std::string_view(member.first));
  };
  if (std::ranges::all_of(*members, is_asked_for)) return nullptr;
  for (const FieldRow& row : field_rows()) {
    if (row.dialect == dialect) asked_.push_back(row.field);  // a misspelled one of these is a mistake, too
  }
  PassedFields passed{.dialect = dialect, .fields = {}, .refusal = {}};
  for (const auto& member : *members) {
    if (is_asked_for(member)) continue;
    const auto& [name, value] = member;
    const FieldRow* row = find_field(dialect, name);
    bool may_be_quiet = row && (row->refused || std::ranges::contains(quiet, name));
    if (row && (value.is_null() || (may_be_quiet && asks_for_nothing(value)))) continue;
    if (row && row->refused) {
      reject(not_supported(name, "Leave it out."));
      return nullptr;
    }
    if (!row) {
      std::string near = near_to(name);
      bool in_other_letters =
          std::ranges::any_of(asked_, [&](std::string_view one) { return equal_without_case(one, name); });
      if (!near.empty() || in_other_letters || !is_plain_name(name) || passed.fields.size() == most_passed) {
        reject(unknown(name, near));
        return nullptr;
      }
    }
    if (passed.fields.empty()) passed.refusal = row ? not_supported(name, "Leave it out.") : unknown(name, "");
    passed.fields.push_back({.name = name, .value = to_json_text(value), .classed = row != nullptr});
  }
  if (passed.fields.empty()) return nullptr;
  passed.refusal.code = ErrorCode::unsupported;  // another deployment may read them
  return std::make_shared<const PassedFields>(std::move(passed));
}

}  // namespace entente::wire
