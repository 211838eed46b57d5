#include "wire/openai/embeddings.hpp"

#include <bit>
#include <cstring>
#include <format>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/text_or_tokens.hpp"

namespace entente::wire {

namespace {

constexpr std::size_t most_inputs = 2048;  // the reference's
constexpr std::int64_t most_dimensions = 1'000'000;
constexpr std::string_view without_effect[] = {"metadata"};

std::string bytes_of(const std::vector<float>& vector) {
  static_assert(std::endian::native == std::endian::little);
  std::vector<std::uint8_t> bytes(vector.size() * sizeof(float));
  if (!vector.empty()) std::memcpy(bytes.data(), vector.data(), bytes.size());  // no bytes have no place
  return to_base64(bytes);
}

}  // namespace

Result<EmbeddingRequest> decode_embedding_request(std::string_view body, std::string_view model) {
  TRY_ASSIGN(Json document, parse_json(body));
  Fields fields(document, "");
  EmbeddingRequest request;
  Embed& work = request.work;
  work.model = read_model_name(fields, model);
  work.inputs = read_texts_or_tokens(fields, "input", most_inputs);
  std::string format = fields.text("encoding_format").value_or("float");
  request.base64 = format == "base64";
  if (fields.ok() && format != "float" && format != "base64") {
    fields.reject("encoding_format",
                  std::format("'encoding_format' must be float or base64, but '{}' came.", shortened(format)));
  }
  auto dimensions = fields.integer("dimensions", 1, most_dimensions);
  auto also = fields.integer("output_dimension", 1, most_dimensions);  // Mistral's word
  if (dimensions && also && *dimensions != *also) {
    fields.reject("output_dimension",
                  "'output_dimension' and 'dimensions' are two names for one thing. Send one of them.");
  }
  if (auto wanted = dimensions ? dimensions : also) work.dimensions = static_cast<std::uint32_t>(*wanted);
  // Mistral's, too.
  if (auto type = fields.text("output_dtype"); type && *type != "float") {
    fields.reject("output_dtype",
                  std::format("'output_dtype' must be float, but '{}' came: numbers are not made smaller here.",
                              shortened(*type)),
                  "unsupported_value");
  }
  fields.accept(without_effect);
  work.urgency = read_openai_urgency(fields);
  work.end_user = read_openai_end_user(fields);
  fields.nothing_else();
  if (!fields.ok()) return fail(fields.error());
  for (std::size_t i = 0; i < work.inputs.size(); ++i) {
    auto* text = std::get_if<std::string>(&work.inputs[i]);
    if (text && text->empty()) {
      return fail({.code = ErrorCode::invalid_request,
                   .message = "'input' must not hold an empty text.",
                   .reason = "invalid_value",
                   .param = "input"});
    }
  }
  return request;
}

void Embeddings::add(const Event& event) {
  if (auto* vector = std::get_if<Vector>(&event)) vectors_.at(vector->index) = vector->values;
  if (auto* usage = std::get_if<Usage>(&event)) usage_ = *usage;
}

std::string Embeddings::body() const {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(id_).key("object").string("list").key("data").begin_array();
  for (std::size_t i = 0; i < vectors_.size(); ++i) {
    json.begin_object().key("object").string("embedding").key("index").number(static_cast<std::int64_t>(i));
    json.key("embedding");
    if (base64_) {
      json.string(bytes_of(vectors_[i]));
    } else {
      json.begin_array();
      for (float value : vectors_[i]) json.number(static_cast<double>(value));
      json.end_array();
    }
    json.end_object();
  }
  json.end_array().key("model").string(model_).key("usage").begin_object();
  json.key("prompt_tokens").number(usage_.prompt_tokens).key("total_tokens").number(usage_.prompt_tokens);
  json.end_object().end_object();
  return out;
}

}  // namespace entente::wire
