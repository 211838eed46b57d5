#include "grammar/json_schema.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <format>
#include <map>
#include <utility>

#include "base/encoding.hpp"
#include "base/json_text.hpp"
#include "grammar/deeper.hpp"
#include "grammar/number_range.hpp"
#include "grammar/pattern.hpp"
#include "grammar/schema_forms.hpp"
#include "grammar/string_formats.hpp"
#include "wire/json_writer.hpp"

namespace entente::grammar {

using wire::Json;

namespace {

constexpr int most_schemas = 20'000;
constexpr std::uint32_t deepest = 200;  // a level takes some kilobytes of a thread's stack
constexpr std::size_t most_listed = 4'096;
constexpr std::size_t longest_name = 256;
constexpr std::uint32_t most_count = 1'000'000'000;

class Compiler {
 public:
  Compiler(Grammar& grammar, JsonText& json, const Json& root, const SchemaOptions& options)
      : g_(grammar), json_(json), forms_(root, options.lenient), options_(options) {}

  Result<Node> compile_root(const Json& schema) {
    TRY_ASSIGN(Node node, compile(schema, ""));
    for (std::size_t i = 0; i < later_.size(); ++i) TRY(define(*later_[i]));
    if (g_.fulfillable(node)) return node;
    if (options_.lenient) return anything("");
    return cannot("", "allows no value at all");
  }

 private:
  Result<Node> compile(const Json& schema, const std::string& where) {
    if (++schemas_ > most_schemas) return cannot(where, std::format("is larger than {} parts", most_schemas));
    Deeper deeper(depth_);
    if (depth_ > deepest) {
      if (options_.lenient) return anything(where);
      return cannot(where, std::format("leads through more than {} schemas, one within another", deepest));
    }
    if (auto* flag = schema.as<bool>()) return *flag ? json_.value() : nothing_fits();
    auto* object = schema.as<Json::Object>();
    if (!object) return cannot(where, std::format("holds {} where a schema must stand", schema.kind()));
    if (only(schema, "$ref")) return reference(*schema.find("$ref"), where);
    for (std::string_view keyword : {"anyOf", "oneOf"}) {
      if (only(schema, keyword)) return one_of_several(schema, keyword, where);
    }
    if (!combined(schema)) return plain(schema, where);
    auto forms = forms_.plain_forms(schema);
    if (!forms && options_.lenient && forms.error().code == ErrorCode::unsupported) return anything(where);
    if (!forms) return cannot(where, forms.error().message);
    std::vector<Node> ways;
    for (const Json& form : *forms) {
      TRY_ASSIGN(Node node, combined(form) ? compile(form, where) : plain(form, where));
      ways.push_back(node);
    }
    return g_.choice(std::move(ways));
  }

  std::unexpected<Error> cannot(const std::string& where, std::string_view what) const {
    std::string place = where.empty() ? "" : std::format(", at '{}',", shortened(where, 200));
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("'{}'{} {}.", options_.param, place, what),
                 .reason = "unsupported_schema",
                 .param = std::string(options_.param)});
  }
  // Where a schema is a wish, what cannot be held of it is left out, and said.
  void leave_out(const std::string& where, std::string_view keyword = {}) const {
    std::string what = std::string(options_.param) + shortened(where, 100);
    if (!keyword.empty()) what += "/" + std::string(keyword);
    g_.leave_out(std::move(what));
  }
  Node anything(const std::string& where) const {
    leave_out(where);
    return json_.value();
  }
  // A keyword that no grammar holds.
  Result<> not_expressed(const std::string& where, std::string_view keyword, std::string_view hint = {}) const {
    if (options_.lenient) {
      leave_out(where, keyword);
      return {};
    }
    return cannot(where,
                  std::format("has the keyword '{}'{}, which cannot be held while the answer is made", keyword, hint));
  }

  Node nothing_fits() { return g_.bytes({}); }

  static bool combined(const Json& schema) {
    return schema.find("$ref") || schema.find("allOf") || schema.find("anyOf") || schema.find("oneOf");
  }
  static bool only(const Json& schema, std::string_view keyword) {
    if (!schema.find(keyword)) return false;
    return std::ranges::all_of(*schema.as<Json::Object>(), [&](const auto& member) {
      return member.first == keyword || is_annotation(member.first);
    });
  }

  Result<Node> reference(const Json& json, const std::string& where) {
    auto* name = json.as<std::string>();
    const Json* target = name ? forms_.find(*name) : nullptr;
    if (!target) return cannot(where, std::format("refers to '{}', which is not in it", name ? *name : "?"));
    if (std::ranges::contains(following_, *name)) return cannot(where, "refers to itself without anything between");
    auto [known, fresh] = rules_.try_emplace(*name);
    if (fresh) known->second.node = g_.rule();
    if (following_.empty()) {
      // No definition begins here, so this one can wait: a chain of definitions, however long, takes no stack.
      if (fresh) later_.push_back(&known->first);
    } else {
      TRY(define(known->first));
    }
    return known->second.node;
  }

  Result<> define(const std::string& name) {
    Rule& rule = rules_.at(name);
    if (std::exchange(rule.begun, true)) return {};
    following_.push_back(name);
    TRY_ASSIGN(Node node, compile(*forms_.find(name), name));
    following_.pop_back();
    g_.define(rule.node, node);
    return {};
  }

  Result<Node> one_of_several(const Json& schema, std::string_view keyword, const std::string& where) {
    const Json& list = *schema.find(keyword);
    auto* items = list.as<Json::Array>();
    if (!items || items->empty()) return cannot(where, std::format("has an '{}' that lists nothing", keyword));
    if (keyword == "oneOf") {
      if (auto apart = forms_.check_one_of(list); !apart) return cannot(where, apart.error().message);
    }
    std::vector<Node> ways;
    for (std::size_t i = 0; i < items->size(); ++i) {
      TRY_ASSIGN(Node node, compile((*items)[i], std::format("{}/{}/{}", where, keyword, i)));
      ways.push_back(node);
    }
    return g_.choice(std::move(ways));
  }

  Result<Node> plain(const Json& schema, const std::string& where) {
    if (auto* flag = schema.as<bool>()) return *flag ? json_.value() : nothing_fits();
    for (std::string_view keyword : {"not", "if", "then", "else", "dependentRequired", "dependentSchemas",
                                     "dependencies", "unevaluatedItems", "$dynamicRef", "$recursiveRef"}) {
      if (schema.find(keyword)) TRY(not_expressed(where, keyword));
    }
    TRY(check_keywords(schema, where));
    if (schema.find("const") || schema.find("enum")) return listed(schema, where);
    std::vector<Node> ways;
    for (const std::string& type : types_of(schema)) {
      TRY_ASSIGN(Node node, of_type(type, schema, where));
      ways.push_back(node);
    }
    return ways.empty() ? nothing_fits() : g_.choice(std::move(ways));
  }

  Result<> check_keywords(const Json& schema, const std::string& where) {
    constexpr std::string_view known[] = {"type",
                                          "nullable",
                                          "const",
                                          "enum",
                                          "properties",
                                          "required",
                                          "additionalProperties",
                                          "patternProperties",
                                          "propertyNames",
                                          "minProperties",
                                          "maxProperties",
                                          "unevaluatedProperties",
                                          "items",
                                          "prefixItems",
                                          "minItems",
                                          "maxItems",
                                          "uniqueItems",
                                          "contains",
                                          "minContains",
                                          "maxContains",
                                          "minLength",
                                          "maxLength",
                                          "pattern",
                                          "format",
                                          "minimum",
                                          "maximum",
                                          "exclusiveMinimum",
                                          "exclusiveMaximum",
                                          "multipleOf",
                                          "not",
                                          "if",
                                          "then",
                                          "else",
                                          "dependentRequired",
                                          "dependentSchemas",
                                          "dependencies",
                                          "unevaluatedItems",
                                          "$dynamicRef",
                                          "$recursiveRef"};
    for (const auto& [name, value] : *schema.as<Json::Object>()) {
      if (is_annotation(name) || std::ranges::contains(known, std::string_view(name))) continue;
      TRY(not_expressed(where, shortened(name)));
    }
    return {};
  }

  Result<Node> listed(const Json& schema, const std::string& where) {
    Json::Array values;
    if (const Json* list = schema.find("enum")) {
      auto* items = list->as<Json::Array>();
      if (!items || items->empty()) return cannot(where, "has an 'enum' that lists nothing");
      values = *items;
    }
    if (const Json* one = schema.find("const")) {
      bool allowed = values.empty() || std::ranges::any_of(values, [&](const Json& v) { return equal(v, *one); });
      values = allowed ? Json::Array{*one} : Json::Array{};
    }
    listed_ += values.size();
    if (listed_ > most_listed) return cannot(where, std::format("lists more than {} values", most_listed));
    if (schema.find("type")) {
      std::vector<std::string> types = types_of(schema);
      std::erase_if(values, [&](const Json& value) { return !is_of(value, types); });
    }
    for (const auto& [name, value] : *schema.as<Json::Object>()) {
      if (name == "type" || name == "nullable" || name == "const" || name == "enum" || is_annotation(name)) continue;
      TRY(not_expressed(where, name, " beside an 'enum'"));
    }
    std::vector<Node> ways;
    ways.reserve(values.size());
    for (const Json& value : values) ways.push_back(g_.literal(wire::to_json_text(value)));
    return ways.empty() ? nothing_fits() : g_.choice(std::move(ways));
  }

  static bool is_of(const Json& value, const std::vector<std::string>& types) {
    auto any = [&](std::string_view type) { return std::ranges::contains(types, type); };
    if (value.is_null()) return any("null");
    if (value.as<bool>()) return any("boolean");
    if (value.as<std::string>()) return any("string");
    if (value.as<Json::Array>()) return any("array");
    if (value.as<Json::Object>()) return any("object");
    auto* d = value.as<double>();
    return any("number") || (any("integer") && (!d || std::floor(*d) == *d));
  }

  Result<Node> of_type(const std::string& type, const Json& schema, const std::string& where) {
    if (type == "object") return object(schema, where);
    if (type == "array") return array(schema, where);
    if (type == "string") return string(schema, where);
    if (type == "number" || type == "integer") return number(schema, where, type == "integer");
    if (type == "boolean") return g_.choice({g_.literal("true"), g_.literal("false")});
    if (type == "null") return g_.literal("null");
    return cannot(where, std::format("has the type '{}', which JSON Schema lacks", shortened(type)));
  }

  // A count such as minItems.
  Result<std::uint32_t> count(const Json& schema, std::string_view name, std::uint32_t otherwise,
                              const std::string& where) {
    const Json* value = schema.find(name);
    if (!value) return otherwise;
    auto* whole = value->as<std::int64_t>();
    auto* d = value->as<double>();
    if (d && *d >= 0 && *d <= most_count && std::floor(*d) == *d) return static_cast<std::uint32_t>(*d);
    if (!whole || *whole < 0 || *whole > most_count) {
      return cannot(where, std::format("has a '{}' that is no count up to {}", name, most_count));
    }
    return static_cast<std::uint32_t>(*whole);
  }

  Result<Node> string(const Json& schema, const std::string& where) {
    TRY_ASSIGN(std::uint32_t least, count(schema, "minLength", 0, where));
    TRY_ASSIGN(std::uint32_t most, count(schema, "maxLength", unbounded, where));
    if (least > most) return nothing_fits();
    auto text_of = [&](std::string_view name) -> std::string {
      const Json* value = schema.find(name);
      auto* text = value ? value->as<std::string>() : nullptr;
      return text ? *text : "";
    };
    std::string pattern = text_of("pattern");
    if (std::string format = text_of("format"); !format.empty()) {
      std::string_view known = pattern_of_format(format);
      if (known.empty()) {
        TRY(not_expressed(where, "format", std::format(" of '{}'", shortened(format))));
      } else if (!pattern.empty()) {
        TRY(not_expressed(where, "format", " beside a 'pattern'"));
      } else {
        pattern = known;
      }
    }
    if (pattern.empty()) return json_.string(least, most);
    for (std::string_view name : {"minLength", "maxLength"}) {
      if (schema.find(name)) TRY(not_expressed(where, name, " beside a 'pattern' or 'format'"));
    }
    auto inside = pattern_inside_quotes(g_, json_, pattern);
    if (!inside) {
      if (options_.lenient) {
        leave_out(where, schema.find("pattern") ? "pattern" : "format");
        return json_.string(least, most);
      }
      return cannot(where, inside.error().message + ", which cannot be held while the answer is made");
    }
    return g_.sequence({g_.literal("\""), *inside, g_.literal("\"")});
  }

  static std::optional<double> number_at(const Json& schema, std::string_view name) {
    const Json* value = schema.find(name);
    if (!value) return std::nullopt;
    if (auto* d = value->as<double>()) return *d;
    if (auto* i = value->as<std::int64_t>()) return static_cast<double>(*i);
    if (auto* u = value->as<std::uint64_t>()) return static_cast<double>(*u);
    return std::nullopt;
  }

  static std::string decimal(double value) {
    char text[400];
    auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed).ptr;
    return {text, end};
  }

  Result<Node> number(const Json& schema, const std::string& where, bool whole) {
    std::uint32_t fraction = 16, zeros = 0;
    if (auto step = number_at(schema, "multipleOf")) {
      double digits = -std::log10(*step);
      double nearest = std::round(digits);
      bool of_ten = std::abs(digits - nearest) < 1e-12;
      if (of_ten && nearest >= 0 && nearest <= 15) {
        fraction = static_cast<std::uint32_t>(nearest);
        if (fraction == 0) whole = true;
      } else if (of_ten && nearest < 0 && nearest >= -14) {
        zeros = static_cast<std::uint32_t>(-nearest);
      } else {
        TRY(not_expressed(where, "multipleOf"));
      }
    }
    auto bound = [&](std::string_view name, std::string_view exclusive, bool low) -> std::optional<Bound> {
      auto with = number_at(schema, name), without = number_at(schema, exclusive);
      const Json* flag = schema.find(exclusive);  // draft 4: a boolean beside the bound
      bool older = flag && flag->as<bool>() && *flag->as<bool>();
      if (!with && !without) return std::nullopt;
      bool strictly = !with || (without && (low ? *without >= *with : *without <= *with));
      return Bound{decimal(strictly ? *without : *with), !strictly && !older};
    };
    std::optional<Bound> least = bound("minimum", "exclusiveMinimum", true);
    std::optional<Bound> most = bound("maximum", "exclusiveMaximum", false);
    if (zeros > 0) {
      auto found = multiples_between(g_, least, most, zeros);
      return found ? *found : nothing_fits();
    }
    if (!least && !most && fraction == 16) return whole ? json_.integer() : json_.number();
    auto found = numbers_between(g_, least, most, whole ? 0 : fraction);
    return found ? *found : nothing_fits();
  }

  Result<Node> array(const Json& schema, const std::string& where) {
    TRY_ASSIGN(std::uint32_t least, count(schema, "minItems", 0, where));
    TRY_ASSIGN(std::uint32_t most, count(schema, "maxItems", unbounded, where));
    const Json* unique = schema.find("uniqueItems");
    if (unique && unique->as<bool>() && *unique->as<bool>() && most > 1) TRY(not_expressed(where, "uniqueItems"));
    for (std::string_view keyword : {"contains", "minContains", "maxContains"}) {
      if (schema.find(keyword)) TRY(not_expressed(where, keyword));
    }
    if (least > most) return nothing_fits();
    Following nested(following_);
    const Json* prefix = schema.find("prefixItems");
    const Json* items = schema.find("items");
    if (items && items->as<Json::Array>()) {  // older drafts
      prefix = items;
      items = schema.find("additionalItems");
    }
    std::vector<Node> first;
    if (prefix) {
      auto* list = prefix->as<Json::Array>();
      if (!list) return cannot(where, "has a 'prefixItems' that is no array");
      for (std::size_t i = 0; i < list->size() && i < most; ++i) {
        TRY_ASSIGN(Node node, compile((*list)[i], std::format("{}/prefixItems/{}", where, i)));
        first.push_back(node);
      }
    }
    auto fixed = static_cast<std::uint32_t>(first.size());
    std::uint32_t rest_least = least > fixed ? least - fixed : 0;
    std::uint32_t rest_most = most == unbounded ? unbounded : most - fixed;
    bool closed = (items && items->as<bool>() && !*items->as<bool>()) || (!items && fixed > 0 && rest_least == 0);
    if (closed) rest_most = 0;
    if (rest_least > rest_most) return nothing_fits();
    Node rest = g_.nothing();
    if (rest_most > 0) {
      Node item = json_.value();
      if (items) {
        TRY_ASSIGN(item, compile(*items, where + "/items"));
      }
      std::uint32_t more = rest_most == unbounded ? unbounded : rest_most - 1;
      if (fixed > 0) {
        rest = g_.repeat(json_.after_comma(item), rest_least, rest_most);
      } else {
        std::uint32_t after = rest_least > 0 ? rest_least - 1 : 0;
        rest = g_.sequence({item, g_.repeat(json_.after_comma(item), after, more)});
        if (rest_least == 0) rest = g_.optional(rest);
      }
    }
    for (std::uint32_t i = fixed; i-- > 0;) {
      rest = g_.sequence({i > 0 ? json_.after_comma(first[i]) : first[i], rest});
      if (i >= least) rest = g_.optional(rest);
    }
    return json_.bracketed(rest);
  }

  struct Member {
    Node node;
    bool required;
  };

  // Within an object or an array something is written before a reference is followed again.
  struct Following {
    explicit Following(std::vector<std::string>& names) : names_(names), kept_(std::exchange(names, {})) {}
    ~Following() { names_ = std::move(kept_); }
    Following(const Following&) = delete;
    Following& operator=(const Following&) = delete;
    std::vector<std::string>& names_;
    std::vector<std::string> kept_;
  };

  Result<Node> object(const Json& schema, const std::string& where) {
    TRY_ASSIGN(std::uint32_t least, count(schema, "minProperties", 0, where));
    TRY_ASSIGN(std::uint32_t most, count(schema, "maxProperties", unbounded, where));
    for (std::string_view keyword : {"patternProperties", "propertyNames"}) {
      if (schema.find(keyword)) TRY(not_expressed(where, keyword));
    }
    Following nested(following_);
    const Json* properties = schema.find("properties");
    const Json::Object none;
    auto* declared = properties ? properties->as<Json::Object>() : &none;
    if (!declared) return cannot(where, "has 'properties' that are no object");
    const Json* rest = schema.find("additionalProperties");
    if (!rest) rest = schema.find("unevaluatedProperties");
    bool closed = rest ? rest->as<bool>() && !*rest->as<bool>() : !declared->empty();

    std::vector<std::string> required, names;
    if (const Json* list = schema.find("required"); list && list->as<Json::Array>()) {
      for (const Json& item : *list->as<Json::Array>()) {
        if (auto* name = item.as<std::string>()) required.push_back(*name);
      }
    }
    std::vector<Member> members;
    auto add = [&](const std::string& name, const Json& value) -> Result<> {
      if (name.size() > longest_name) return cannot(where, std::format("has a name over {} bytes", longest_name));
      bool must = std::ranges::contains(required, name);
      names.push_back(name);
      if (auto* flag = value.as<bool>(); flag && !*flag && !must) return {};
      std::string key;
      append_json_string(key, name);
      TRY_ASSIGN(Node node, compile(value, std::format("{}/properties/{}", where, name)));
      members.push_back({json_.member(g_.literal(key), node), must});
      return {};
    };
    for (const auto& [name, value] : *declared) TRY(add(name, value));
    for (const std::string& name : required) {
      if (std::ranges::contains(names, name)) continue;
      if (rest && rest->as<bool>() && !*rest->as<bool>()) {
        return cannot(where, std::format("requires '{}' and forbids it", shortened(name)));
      }
      TRY(add(name, rest ? *rest : Json{true}));
    }

    std::optional<Node> other;
    if (!closed) {
      Node value = json_.value();
      if (rest && !rest->as<bool>()) {
        TRY_ASSIGN(value, compile(*rest, where + "/additionalProperties"));
      }
      other = json_.member(names.empty() ? json_.string(0, unbounded) : json_.key_except(names), value);
    }
    if (members.empty() && other) {
      if (least > most) return nothing_fits();
      if (most == 0) return json_.braced(g_.nothing());
      std::uint32_t more = most == unbounded ? unbounded : most - 1;
      Node some = g_.sequence({*other, g_.repeat(json_.after_comma(*other), least > 0 ? least - 1 : 0, more)});
      return json_.braced(least > 0 ? some : g_.optional(some));
    }
    auto must = static_cast<std::uint32_t>(std::ranges::count(members, true, &Member::required));
    if (least > must) TRY(not_expressed(where, "minProperties", " beside 'properties'"));
    if (most < (other ? unbounded : members.size())) TRY(not_expressed(where, "maxProperties", " beside 'properties'"));
    return json_.braced(in_order(members, other));
  }

  // Members in their order, with a comma before each but the one that comes first.
  Node in_order(const std::vector<Member>& members, std::optional<Node> other) {
    Node after = other ? g_.repeat(json_.after_comma(*other), 0, unbounded) : g_.nothing();
    std::vector<Node> first;  // ways to begin, the last member's first
    if (other) {
      first.push_back(g_.optional(g_.sequence({*other, after})));
    } else {
      first.push_back(g_.nothing());
    }
    for (std::size_t i = members.size(); i-- > 0;) {
      const Member& member = members[i];
      if (member.required) first.clear();
      first.push_back(g_.sequence({member.node, after}));
      Node later = json_.after_comma(member.node);
      after = g_.sequence({member.required ? later : g_.optional(later), after});
    }
    std::ranges::reverse(first);
    return g_.choice(std::move(first));
  }

  Grammar& g_;
  JsonText& json_;
  const SchemaForms forms_;
  const SchemaOptions options_;
  struct Rule {
    Node node = 0;
    bool begun = false;
  };
  std::map<std::string, Rule> rules_;      // by reference
  std::vector<const std::string*> later_;  // references whose rules are defined after what refers to them
  std::vector<std::string> following_;     // references since something was last written
  std::uint32_t depth_ = 0;
  int schemas_ = 0;
  std::size_t listed_ = 0;
};

}  // namespace

Result<Node> json_schema(Grammar& grammar, JsonText& json, std::string_view schema, const SchemaOptions& options) {
  TRY_ASSIGN(Json root, wire::parse_json(schema, 128));
  return Compiler(grammar, json, root, options).compile_root(root);
}

}  // namespace entente::grammar
