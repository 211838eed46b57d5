#include "grammar/schema_forms.hpp"

#include <algorithm>
#include <charconv>
#include <format>
#include <span>

#include "wire/json_writer.hpp"

namespace entente::grammar {

using wire::Json;

namespace {

constexpr std::size_t most_forms = 256;
constexpr std::size_t most_parts = 2'000;
constexpr int deepest = 40;
constexpr int most_followed = 20'000;
constexpr std::size_t most_compared = 200'000;  // schemas, and values that they list

// A schema that is right, but asks for more than can be done here.
std::unexpected<Error> cannot(std::string message) {
  return fail({.code = ErrorCode::unsupported, .message = std::move(message)});
}

// A schema that is wrong, whoever reads it.
std::unexpected<Error> mistaken(std::string message) {
  return fail({.code = ErrorCode::invalid_request, .message = std::move(message)});
}

double number_of(const Json& json) {
  if (auto* d = json.as<double>()) return *d;
  if (auto* i = json.as<std::int64_t>()) return static_cast<double>(*i);
  if (auto* u = json.as<std::uint64_t>()) return static_cast<double>(*u);
  return 0;
}

bool same(const Json& a, const Json& b) { return wire::to_json_text(a) == wire::to_json_text(b); }

void set(Json::Object& object, std::string_view name, Json value) {
  for (auto& [key, member] : object) {
    if (key != name) continue;
    member = std::move(value);
    return;
  }
  object.emplace_back(name, std::move(value));
}

// Both, side by side: a member that a thousand parts declare is not a thousand levels deep.
Json all_of(const Json& a, const Json& b) {
  Json::Array parts;
  for (const Json* part : {&a, &b}) {
    auto* object = part->as<Json::Object>();
    const Json::Array* inner = object && object->size() == 1 ? part->array("allOf") : nullptr;
    if (inner && !inner->empty()) {
      parts.insert(parts.end(), inner->begin(), inner->end());
    } else {
      parts.push_back(*part);
    }
  }
  return {Json::Object{{"allOf", {std::move(parts)}}}};
}

// The values a schema lists; nothing when it lists none.
std::optional<std::span<const Json>> listed(const Json& schema) {
  if (const Json* one = schema.find("const")) return std::span(one, 1);
  const Json::Array* values = schema.array("enum");
  return values ? std::optional(std::span(*values)) : std::nullopt;
}

bool contains(std::span<const Json> values, const Json& value) {
  return std::ranges::any_of(values, [&](const Json& other) { return equal(other, value); });
}

const Json::Object* members_of(const Json& schema) {
  const Json* properties = schema.find("properties");
  return properties ? properties->as<Json::Object>() : nullptr;
}

const Json* member_of(const Json& schema, std::string_view name) {
  const Json* properties = schema.find("properties");
  return properties ? properties->find(name) : nullptr;
}

bool requires_member(const Json& schema, const std::string& name) {
  const Json* list = schema.find("required");
  auto* names = list ? list->as<Json::Array>() : nullptr;
  return names && contains(*names, {name});
}

bool only_objects(const Json& schema) {
  return schema.find("type") && types_of(schema) == std::vector<std::string>{"object"};
}

// Whether `one` requires a member that it declares and `other` forbids.
bool requires_what_is_forbidden(const Json& one, const Json& other) {
  const Json* rest = other.find("additionalProperties");
  auto* members = members_of(one);
  if (!members || !rest || !rest->as<bool>() || *rest->as<bool>()) return false;
  return std::ranges::any_of(*members, [&](const auto& member) {
    return !member_of(other, member.first) && requires_member(one, member.first);
  });
}

// A reference is a part of an address, in which "%25" is "%".
std::string without_percents(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Put together, a schema has evaluated all members that its parts declare: what stands for the others is the same then
// as beside `properties`.
void settle_unevaluated(Json& form) {
  auto* object = std::get_if<Json::Object>(&form.value);
  if (!object) return;
  auto found =
      std::ranges::find_if(*object, [](const auto& member) { return member.first == "unevaluatedProperties"; });
  if (found == object->end()) return;
  if (form.find("additionalProperties")) {
    object->erase(found);  // nothing is left over
  } else {
    found->first = "additionalProperties";
  }
}

// By name, so that objects of many members take no more than sorting them.
bool same_members(const Json::Object& a, const Json::Object& b) {
  if (a.size() != b.size()) return false;
  auto by_name = [](const Json::Object& object) {
    std::vector<const Json::Object::value_type*> members;
    members.reserve(object.size());
    for (const auto& member : object) members.push_back(&member);
    std::ranges::sort(members, {}, [](const auto* member) -> const std::string& { return member->first; });
    return members;
  };
  return std::ranges::equal(by_name(a), by_name(b), [](const auto* one, const auto* other) {
    return one->first == other->first && equal(one->second, other->second);
  });
}

}  // namespace

bool equal(const Json& a, const Json& b) {
  auto is_number = [](const Json& json) {
    return json.as<double>() || json.as<std::int64_t>() || json.as<std::uint64_t>();
  };
  if (is_number(a) && is_number(b)) {
    bool whole = !a.as<double>() && !b.as<double>();
    return whole ? same(a, b) : number_of(a) == number_of(b);
  }
  if (a.value.index() != b.value.index()) return false;
  if (auto* text = a.as<std::string>()) return *text == *b.as<std::string>();
  if (auto* flag = a.as<bool>()) return *flag == *b.as<bool>();
  if (auto* items = a.as<Json::Array>()) return std::ranges::equal(*items, *b.as<Json::Array>(), equal);
  if (auto* members = a.as<Json::Object>()) return same_members(*members, *b.as<Json::Object>());
  return true;  // null
}

bool is_annotation(std::string_view keyword) {
  constexpr std::string_view names[] = {"title",           "description",   "default",       "examples",
                                        "example",         "$schema",       "$id",           "id",
                                        "$comment",        "deprecated",    "readOnly",      "writeOnly",
                                        "$defs",           "definitions",   "$anchor",       "$vocabulary",
                                        "externalDocs",    "xml",           "discriminator", "contentMediaType",
                                        "contentEncoding", "contentSchema", "strict",        "additionalItems"};
  return keyword.starts_with("x-") || std::ranges::contains(names, keyword);
}

std::vector<std::string> types_of(const Json& schema) {
  std::vector<std::string> types;
  if (const Json* type = schema.find("type")) {
    if (auto* word = type->as<std::string>()) types.push_back(*word);
    if (auto* list = type->as<Json::Array>()) {
      for (const Json& item : *list) {
        if (auto* word = item.as<std::string>()) types.push_back(*word);
      }
    }
    const Json* nullable = schema.find("nullable");  // OpenAPI 3.0
    if (nullable && nullable->as<bool>() && *nullable->as<bool>() &&
        !std::ranges::contains(types, std::string_view("null"))) {
      types.emplace_back("null");
    }
    return types;
  }
  // A keyword of one type means that type, to whoever wrote it.
  using Word = std::pair<std::string_view, std::string_view>;
  constexpr Word words[] = {{"properties", "object"},
                            {"required", "object"},
                            {"additionalProperties", "object"},
                            {"patternProperties", "object"},
                            {"propertyNames", "object"},
                            {"minProperties", "object"},
                            {"maxProperties", "object"},
                            {"items", "array"},
                            {"prefixItems", "array"},
                            {"minItems", "array"},
                            {"maxItems", "array"},
                            {"uniqueItems", "array"},
                            {"contains", "array"},
                            {"pattern", "string"},
                            {"format", "string"},
                            {"minLength", "string"},
                            {"maxLength", "string"},
                            {"minimum", "number"},
                            {"maximum", "number"},
                            {"exclusiveMinimum", "number"},
                            {"exclusiveMaximum", "number"},
                            {"multipleOf", "number"}};
  for (auto [keyword, type] : words) {
    if (schema.find(keyword) && !std::ranges::contains(types, type)) types.emplace_back(type);
  }
  if (types.empty()) types = {"object", "array", "string", "number", "boolean", "null"};
  return types;
}

const Json* SchemaForms::find(std::string_view reference) const {
  if (!reference.starts_with('#')) return nullptr;
  const std::string pointer = without_percents(reference.substr(1));
  reference = pointer;
  const Json* at = &root_;
  while (!reference.empty() && at) {
    if (!reference.starts_with('/')) return nullptr;
    reference.remove_prefix(1);
    std::string_view part = reference.substr(0, reference.find('/'));
    reference.remove_prefix(part.size());
    std::string name;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part.substr(i).starts_with("~1")) {
        name += '/', ++i;
      } else if (part.substr(i).starts_with("~0")) {
        name += '~', ++i;
      } else {
        name += part[i];
      }
    }
    if (auto* list = at->as<Json::Array>()) {
      std::size_t index = list->size();
      std::from_chars(name.data(), name.data() + name.size(), index);
      at = index < list->size() ? &(*list)[index] : nullptr;
    } else {
      at = at->find(name);
    }
  }
  return at;
}

// A schema that holds what two plain ones hold.
Result<Json> SchemaForms::both(const Json& a, const Json& b) const {
  if (auto* flag = a.as<bool>()) return *flag ? b : a;
  if (auto* flag = b.as<bool>()) return *flag ? a : b;
  auto* left = a.as<Json::Object>();
  auto* right = b.as<Json::Object>();
  if (!left || !right) return mistaken("holds something that is no schema");
  Json::Object out = *left;

  // Members that one side does not declare must please what it says of all others.
  const Json::Object *own = members_of(a), *other = members_of(b);
  const Json *own_rest = a.find("additionalProperties"), *other_rest = b.find("additionalProperties");
  Json::Object members;
  if (own) {
    for (const auto& [name, schema] : *own) {
      const Json* theirs = other ? b.find("properties")->find(name) : nullptr;
      if (!theirs) theirs = other_rest;
      members.emplace_back(name, theirs ? all_of(schema, *theirs) : schema);
    }
  }
  if (other) {
    for (const auto& [name, schema] : *other) {
      if (own && a.find("properties")->find(name)) continue;
      members.emplace_back(name, own_rest ? all_of(*own_rest, schema) : schema);
    }
  }

  for (const auto& [name, value] : *right) {
    auto found = std::ranges::find(out, name, &std::pair<std::string, Json>::first);
    if (name == "properties") continue;
    if (found == out.end()) {
      out.emplace_back(name, value);
      continue;
    }
    Json& mine = found->second;
    if (is_annotation(name) || equal(mine, value)) continue;
    if (name == "type") {
      std::vector<std::string> mine_types = types_of(a), their_types = types_of(b);
      Json::Array common;
      for (const std::string& type : mine_types) {
        if (std::ranges::contains(their_types, type)) common.push_back({type});
        if (type == "integer" && std::ranges::contains(their_types, std::string_view("number")))
          common.push_back({type});
        if (type == "number" && std::ranges::contains(their_types, std::string_view("integer")))
          common.push_back({"integer"});
      }
      mine = {std::move(common)};
    } else if (name == "required") {
      auto *first = mine.as<Json::Array>(), *second = value.as<Json::Array>();
      if (!first || !second) return mistaken("holds a 'required' that is no array");
      Json::Array all = *first;
      for (const Json& item : *second) {
        if (!contains(all, item)) all.push_back(item);
      }
      mine = {std::move(all)};
    } else if (name == "enum") {
      auto *first = mine.as<Json::Array>(), *second = value.as<Json::Array>();
      if (!first || !second) return mistaken("holds an 'enum' that is no array");
      Json::Array common;
      for (const Json& item : *first) {
        if (contains(*second, item)) common.push_back(item);
      }
      mine = {std::move(common)};
    } else if (name == "minimum" || name == "exclusiveMinimum" || name == "minLength" || name == "minItems" ||
               name == "minProperties") {
      if (number_of(value) > number_of(mine)) mine = value;
    } else if (name == "maximum" || name == "exclusiveMaximum" || name == "maxLength" || name == "maxItems" ||
               name == "maxProperties") {
      if (number_of(value) < number_of(mine)) mine = value;
    } else if (name == "items" || name == "additionalProperties" || name == "propertyNames") {
      mine = all_of(mine, value);
    } else {
      return cannot(std::format("puts two different '{}' together", name));
    }
  }
  if (own || other) set(out, "properties", {std::move(members)});
  return Json{std::move(out)};
}

Result<std::vector<Json>> SchemaForms::plain_forms(const Json& schema, int depth) const {
  if (depth > deepest) {
    return cannot(std::format("refers to itself without end, or combines more than {} schemas in a row", deepest));
  }
  if (++followed_ > most_followed) return cannot("combines too many schemas");
  auto* object = schema.as<Json::Object>();
  if (!object) {
    if (!schema.as<bool>()) return mistaken("holds something that is no schema");
    return std::vector<Json>{schema};
  }
  Json::Object rest;
  std::vector<std::vector<Json>> parts;  // each: one of these must hold
  for (const auto& [name, value] : *object) {
    if (name == "$ref") {
      auto* reference = value.as<std::string>();
      const Json* target = reference ? find(*reference) : nullptr;
      if (!target) {
        return mistaken(std::format("refers to '{}', which is not in it", reference ? *reference : std::string("?")));
      }
      TRY_ASSIGN(std::vector<Json> forms, plain_forms(*target, depth + 1));
      parts.push_back(std::move(forms));
    } else if (name == "allOf" || name == "anyOf" || name == "oneOf") {
      auto* list = value.as<Json::Array>();
      if (!list || list->empty()) return mistaken(std::format("holds an '{}' that lists nothing", name));
      // Before anything is copied: a list may be as long as a request.
      if (name == "allOf" && parts.size() + list->size() > most_parts)
        return cannot(std::format("puts more than {} schemas together", most_parts));
      if (name != "allOf" && list->size() > most_forms)
        return cannot(std::format("has more than {} forms", most_forms));
      std::vector<std::vector<Json>> each;
      for (const Json& item : *list) {
        TRY_ASSIGN(std::vector<Json> forms, plain_forms(item, depth + 1));
        each.push_back(std::move(forms));
      }
      if (name == "oneOf") TRY(one_at_a_time(each));
      if (name == "allOf") {
        std::ranges::move(each, std::back_inserter(parts));
      } else {
        std::vector<Json>& any = parts.emplace_back();
        for (std::vector<Json>& forms : each) std::ranges::move(forms, std::back_inserter(any));
      }
    } else {
      rest.emplace_back(name, value);
    }
  }
  std::vector<Json> out{{rest}};
  for (const std::vector<Json>& part : parts) {
    if (out.size() * part.size() > most_forms) return cannot(std::format("has more than {} forms", most_forms));
    std::vector<Json> joined;
    for (const Json& mine : out) {
      for (const Json& theirs : part) {
        TRY_ASSIGN(Json one, both(mine, theirs));
        joined.push_back(std::move(one));
      }
    }
    out = std::move(joined);
  }
  std::ranges::for_each(out, settle_unevaluated);
  return out;
}

Result<> SchemaForms::one_at_a_time(const std::vector<std::vector<Json>>& alternatives) const {
  // What is looked at during a comparison may hold this very oneOf again. To take all of its alternatives as possible
  // there is right: those that exclude each other still do. Where it stands itself, it is compared.
  if (lenient_ || comparing_) return {};
  comparing_ = true;
  bool apart = true;
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    for (std::size_t j = 0; j < i && apart; ++j) apart = exclude_each_other(alternatives[i], alternatives[j], 0);
  }
  comparing_ = false;
  if (!apart) return cannot("has a 'oneOf' of which two may hold at once; use 'anyOf'");
  return {};
}

Result<> SchemaForms::check_one_of(const Json& list) const {
  auto* items = list.as<Json::Array>();
  if (lenient_ || !items) return {};
  std::vector<std::vector<Json>> each;
  for (const Json& item : *items) {
    TRY_ASSIGN(std::vector<Json> forms, plain_forms(item));
    each.push_back(std::move(forms));
  }
  return one_at_a_time(each);
}

bool SchemaForms::exclude_each_other(const std::vector<Json>& a, const std::vector<Json>& b, int depth) const {
  return std::ranges::all_of(a, [&](const Json& one) {
    return std::ranges::all_of(b, [&](const Json& other) { return exclude_each_other(one, other, depth); });
  });
}

bool SchemaForms::exclude_each_other(const Json& a, const Json& b, int depth) const {
  if (++compared_ > most_compared) return false;
  if (auto* flag = a.as<bool>(); flag && !*flag) return true;
  if (auto* flag = b.as<bool>(); flag && !*flag) return true;
  if (depth > 3 || a.as<bool>() || b.as<bool>()) return false;
  if (a.find("type") && b.find("type")) {
    std::vector<std::string> first = types_of(a), second = types_of(b);
    auto covers = [](const std::string& one, const std::string& two) {
      return one == two || (one == "number" && two == "integer") || (one == "integer" && two == "number");
    };
    bool common = std::ranges::any_of(first, [&](const std::string& one) {
      return std::ranges::any_of(second, [&](const std::string& two) { return covers(one, two); });
    });
    if (!common) return true;
  }
  if (auto apart = lists_exclude_each_other(a, b)) return *apart;
  if (!only_objects(a) || !only_objects(b)) return false;
  return requires_what_is_forbidden(a, b) || requires_what_is_forbidden(b, a) ||
         members_exclude_each_other(a, b, depth + 1);
}

// Whether two schemas list values and none in common; nothing when one of them lists none.
std::optional<bool> SchemaForms::lists_exclude_each_other(const Json& a, const Json& b) const {
  auto first = listed(a), second = listed(b);
  if (!first || !second) return std::nullopt;
  compared_ += first->size() * second->size();
  if (compared_ > most_compared) return false;
  return std::ranges::none_of(*first, [&](const Json& value) { return contains(*second, value); });
}

// Whether no value of a member that both require can please both.
bool SchemaForms::members_exclude_each_other(const Json& a, const Json& b, int depth) const {
  auto* members = members_of(a);
  if (!members) return false;
  std::vector<std::pair<const Json*, const Json*>> shared;
  for (const auto& [name, mine] : *members) {
    const Json* theirs = member_of(b, name);
    if (theirs && requires_member(a, name) && requires_member(b, name)) shared.emplace_back(&mine, theirs);
  }
  auto by_values = [this](const auto& both) {
    return lists_exclude_each_other(*both.first, *both.second).value_or(false);
  };
  auto by_forms = [&](const auto& both) {
    auto first = plain_forms(*both.first), second = plain_forms(*both.second);
    return first && second && exclude_each_other(*first, *second, depth);
  };
  // A look inside can lead through the whole schema. What tells most objects apart is a listed value: it comes first.
  return std::ranges::any_of(shared, by_values) || std::ranges::any_of(shared, by_forms);
}

}  // namespace entente::grammar
