#include "wire/gemini/embed_call.hpp"

#include "wire/json_writer.hpp"
#include "wire/on_demand.hpp"

namespace entente::wire {

std::string encode_embed_contents_call(const Embed& work, std::string_view model) {
  std::string out, name = "models/" + std::string(model);
  JsonWriter json(out);
  json.begin_object().key("requests").begin_array();
  for (const TextOrTokens& input : work.inputs) {
    const auto* text = std::get_if<std::string>(&input);
    json.begin_object().key("model").string(name).key("content").begin_object().key("parts").begin_array();
    json.begin_object().key("text").string(text ? *text : std::string_view()).end_object().end_array().end_object();
    if (work.dimensions) json.key("outputDimensionality").number(std::int64_t{*work.dimensions});
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

Result<> EmbedContentsReply::read(std::string_view document) {
  Result<> kept;
  std::int64_t place = 0;
  auto one = [&](od::value& item) -> od::error_code {
    std::vector<float> values;
    OD_TRY(od::each_member_of(item, [&](std::string_view key, od::value value) -> od::error_code {
      if (key != "values") return simdjson::SUCCESS;
      return od::each_item(value, [&](od::value& number) -> od::error_code {
        double read = 0;
        OD_TRY(od::number(number, read));
        values.push_back(static_cast<float>(read));
        return simdjson::SUCCESS;
      });
    }));
    auto into = vector(place++);
    if (into) {
      **into = std::move(values);
    } else if (kept) {
      kept = fail(std::move(into.error()));
    }
    return simdjson::SUCCESS;
  };
  TRY(od::read_on_demand(document, [&](od::object& root) {
    return od::each_member(root, [&](std::string_view key, od::value value) -> od::error_code {
      return key == "embeddings" ? od::each_item(value, one) : simdjson::SUCCESS;
    });
  }));
  return kept;
}

}  // namespace entente::wire
