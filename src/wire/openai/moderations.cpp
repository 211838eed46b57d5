#include "wire/openai/moderations.hpp"

#include <format>

#include "wire/fields.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_inputs = 1024;

void read_part(Fields& part, std::vector<Part>& into) {
  std::string type = part.required_text("type");
  if (!part.ok()) return;
  if (type == "text") {
    into.emplace_back(TextPart{part.required_text("text")});
  } else if (type == "image_url") {
    bool came = part.inside("image_url", [&](Fields& inner) {
      auto image = openai_image_at(inner.required_text("url"));
      if (image) into.emplace_back(std::move(*image));
      if (!image && inner.ok())
        inner.reject("url", std::format("'{}' must be an address or 'data:image/…;base64,…'.", inner.path_of("url")));
    });
    if (!came) part.missing("image_url");
  } else {
    part.reject("type", std::format("'{}' must be text or image_url.", part.path_of("type")));
  }
}

// A text; or texts, each judged by itself; or parts, judged together.
void read_input(Fields& fields, std::vector<std::vector<Part>>& inputs) {
  const Json* input = fields.any("input");
  if (!input) return fields.missing("input");
  if (auto* text = input->as<std::string>()) {
    inputs.push_back({TextPart{*text}});
    return;
  }
  auto* list = input->as<Json::Array>();
  if (!list)
    return fields.reject("input", std::format("'input' must be a string or an array, but {} came.", input->kind()),
                         "invalid_type");
  if (list->empty() || list->size() > most_inputs)
    return fields.reject("input", std::format("'input' must hold 1 to {} items.", most_inputs), "empty_array");
  bool texts = list->front().as<std::string>() != nullptr;
  if (!texts) inputs.emplace_back();
  for (std::size_t i = 0; i < list->size() && fields.ok(); ++i) {
    const Json& item = (*list)[i];
    if (auto* text = item.as<std::string>(); text && texts) {
      inputs.push_back({TextPart{*text}});
    } else if (texts || text) {
      fields.reject("input", "'input' must hold strings or parts, not both.", "invalid_type");
    } else {
      Fields part(item, std::format("input[{}]", i));
      read_part(part, inputs.back());
      part.nothing_else();
      if (!part.ok()) fields.reject(part.error());
    }
  }
}

}  // namespace

Result<Moderate> decode_moderation_request(std::string_view body, std::string_view model) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  Moderate work;
  work.model = read_optional_model_name(fields, model);
  read_input(fields, work.inputs);
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  return work;
}

void ModerationAnswer::add(const Event& event) {
  if (auto* judged = std::get_if<Judged>(&event)) add(*judged->judgement);
}

std::string ModerationAnswer::body() const {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(id_).key("model").string(model_).key("results").begin_array();
  for (const Judgement& one : judgements_) {
    auto each = [&](std::string_view name, auto write) {
      json.key(name).begin_object();
      for (std::size_t i = 0; i < harms.size(); ++i) {
        json.key(harms[i]);
        write(one.categories[i]);
      }
      json.end_object();
    };
    json.begin_object().key("flagged").boolean(one.flagged);
    each("categories", [&](const Judgement::Of& of) { json.boolean(of.found); });
    each("category_scores", [&](const Judgement::Of& of) { json.number(of.score); });
    each("category_applied_input_types", [&](const Judgement::Of& of) {
      json.begin_array();
      if (of.in_text) json.string("text");
      if (of.in_image) json.string("image");
      json.end_array();
    });
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace entente::wire
