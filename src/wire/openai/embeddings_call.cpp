#include "wire/openai/embeddings_call.hpp"

#include "wire/json_writer.hpp"
#include "wire/on_demand.hpp"

namespace entente::wire {

std::string encode_embeddings_call(const Embed& work, std::string_view model, const EmbeddingsForm& form) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("model").string(model).key("input").begin_array();
  for (const TextOrTokens& input : work.inputs) {
    if (const auto* text = std::get_if<std::string>(&input)) {
      json.string(*text);
    } else {
      json.begin_array();
      for (std::int32_t token : std::get<std::vector<std::int32_t>>(input)) json.number(std::int64_t{token});
      json.end_array();
    }
  }
  json.end_array();
  if (form.encoding_format) json.key("encoding_format").string("float");
  if (work.dimensions) json.key(form.dimensions).number(std::int64_t{*work.dimensions});
  if (form.end_user && !work.end_user.empty()) json.key("user").string(work.end_user);
  json.end_object();
  return out;
}

namespace {

od::error_code read_values(od::value& from, std::vector<float>& into) {
  return od::each_item(from, [&](od::value& value) -> od::error_code {
    double number = 0;
    OD_TRY(od::number(value, number));
    into.push_back(static_cast<float>(number));
    return simdjson::SUCCESS;
  });
}

}  // namespace

Result<> EmbeddingsReply::read(std::string_view document) {
  Result<> kept;
  std::int64_t place = 0;
  auto one = [&](od::value& item) -> od::error_code {
    std::int64_t index = place++;
    std::vector<float> values;
    OD_TRY(od::each_member_of(item, [&](std::string_view key, od::value value) -> od::error_code {
      if (key == "index") return od::integer(value, index);
      if (key == "embedding") return read_values(value, values);
      return simdjson::SUCCESS;
    }));
    auto into = vector(index);
    if (into) {
      **into = std::move(values);
    } else if (kept) {
      kept = fail(std::move(into.error()));
    }
    return simdjson::SUCCESS;
  };
  TRY(od::read_on_demand(document, [&](od::object& root) {
    return od::each_member(root, [&](std::string_view key, od::value value) -> od::error_code {
      if (key == "data") return od::each_item(value, one);
      if (key != "usage" || od::is_null(value)) return simdjson::SUCCESS;
      Usage& usage = used_.emplace();
      return od::each_member_of(value, [&](std::string_view inner, od::value number) -> od::error_code {
        return inner == "prompt_tokens" ? od::integer(number, usage.prompt_tokens) : simdjson::SUCCESS;
      });
    });
  }));
  return kept;
}

}  // namespace entente::wire
