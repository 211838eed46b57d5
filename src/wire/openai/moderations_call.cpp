#include "wire/openai/moderations_call.hpp"

#include <algorithm>

#include "wire/json_writer.hpp"
#include "wire/openai/parts.hpp"

namespace entente::wire {

namespace {

bool is_one_text(const std::vector<Part>& input) {
  return input.size() == 1 && std::holds_alternative<TextPart>(input.front());
}

void write_part(JsonWriter& json, const Part& part) {
  json.begin_object();
  if (const auto* text = std::get_if<TextPart>(&part)) {
    json.key("type").string("text").key("text").string(text->text);
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    json.key("type").string("image_url").key("image_url").begin_object().key("url");
    json.string(openai_image_address(*image));
    json.end_object();
  }
  json.end_object();
}

void read_category(const Json& result, std::size_t i, Judgement::Of& into) {
  auto member = [&](std::string_view of) {
    const Json* all = result.find(of);
    return all ? all->find(harms[i]) : nullptr;
  };
  if (const Json* found = member("categories"); found && found->as<bool>()) into.found = *found->as<bool>();
  if (const Json* score = member("category_scores")) {
    if (auto* value = score->as<double>()) into.score = std::clamp(*value, 0.0, 1.0);
    if (auto* whole = score->as<std::int64_t>()) into.score = *whole > 0 ? 1 : 0;
  }
  const Json* types = member("category_applied_input_types");
  const auto* list = types ? types->as<Json::Array>() : nullptr;
  into.in_text = !list;  // older models look at texts only, and do not say so
  for (std::size_t k = 0; list && k < list->size(); ++k) {
    const auto* word = (*list)[k].as<std::string>();
    if (word && *word == "text") into.in_text = true;
    if (word && *word == "image") into.in_image = true;
  }
}

}  // namespace

std::string encode_moderation_call(const Moderate& work, std::string_view model) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("model").string(model).key("input").begin_array();
  for (const std::vector<Part>& input : work.inputs) {
    if (is_one_text(input)) {
      json.string(std::get<TextPart>(input.front()).text);
    } else {
      for (const Part& part : input) write_part(json, part);
    }
  }
  json.end_array().end_object();
  return out;
}

Result<> ModerationReply::read_document(const Json& document) {
  const Json::Array* results = document.array("results");
  if (!results || results->size() != inputs_) return bad("The provider did not judge each input once.");
  for (std::size_t i = 0; i < results->size(); ++i) {
    const Json& result = (*results)[i];
    auto judgement = std::make_shared<Judgement>();
    judgement->index = static_cast<std::uint32_t>(i);
    const Json* flagged = result.find("flagged");
    if (!flagged || !flagged->as<bool>()) return bad("The provider answered with a judgement that says nothing.");
    judgement->flagged = *flagged->as<bool>();
    for (std::size_t k = 0; k < harms.size(); ++k) read_category(result, k, judgement->categories[k]);
    assembly_.made(Judged{std::move(judgement)});
  }
  return {};
}

}  // namespace entente::wire
