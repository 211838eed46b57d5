// wire/openai/completions.hpp, embeddings.hpp and wire/jina/rerank.hpp: what is accepted keeps the ranges domain/
// promises, and what answers it is JSON, whatever the model says.
#include "base/encoding.hpp"
#include "fuzz.hpp"
#include "wire/jina/rerank.hpp"
#include "wire/json.hpp"
#include "wire/openai/completions.hpp"
#include "wire/openai/embeddings.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

void check_texts(const std::vector<TextOrTokens>& texts) {
  require(!texts.empty() && texts.size() <= 2048, "there are texts, and not too many");
  for (const TextOrTokens& text : texts) {
    if (auto* words = std::get_if<std::string>(&text)) {
      require(find_invalid_utf8(*words) == std::string::npos, "texts are UTF-8");
    } else {
      for (std::int32_t token : std::get<std::vector<std::int32_t>>(text))
        require(token >= 0, "tokens are numbers from 0");
    }
  }
}

void check(const wire::CompletionRequest& request, std::string_view said) {
  const Complete& work = request.work;
  require(!work.model.empty(), "a model is named");
  check_texts(work.prompts);
  require(work.choices >= 1 && work.choices <= 128 && work.logprobs.value_or(0) <= 20, "numbers are in range");
  require(work.max_tokens >= 1 || work.echo, "something is said");
  std::uint32_t choices = static_cast<std::uint32_t>(work.prompts.size()) * work.choices;
  wire::Completion answer({.id = "c", .model = work.model, .logprobs = true}, choices);
  for (std::uint32_t i = 0; i < std::min(choices, 4U); ++i) {
    answer.add(TextDelta{.choice = i,
                         .text = std::string(said),
                         .logprobs = {{.chosen = {std::string(said), -1}, .top = {{std::string(said), -1}}}}});
    answer.add(Finished{.choice = i});
  }
  answer.add(Usage{});
  require(wire::parse_json(answer.body(), 160).has_value(), "a completion is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body = fuzz::text_of(data, size);
  bool text = find_invalid_utf8(body) == std::string_view::npos;
  if (auto request = wire::decode_completion_request(body)) {
    check(*request, body);
  } else {
    require_good_refusal(request.error());
  }
  if (auto request = wire::decode_embedding_request(body)) {
    check_texts(request->work.inputs);
    require(request->work.dimensions.value_or(1) >= 1, "vectors have numbers");
    wire::Embeddings answer("e", request->work.model, request->work.inputs.size(), request->base64);
    answer.add(Vector{.index = 0, .values = {0.5F, -1}});
    require(wire::parse_json(answer.body()).has_value(), "vectors are JSON");
  } else {
    require_good_refusal(request.error());
  }
  if (auto request = wire::decode_rerank_request(body)) {
    require(text && !request->work.query.empty() && !request->work.documents.empty(), "there is something to rank");
    for (const std::string& document : request->work.documents) require(!document.empty(), "documents have a text");
    wire::Reranked answer("r", *request);
    for (std::uint32_t i = 0; i < request->work.documents.size(); ++i) answer.add(Score{.index = i, .value = 0.5});
    require(wire::parse_json(answer.body()).has_value(), "an order is JSON");
  } else {
    require_good_refusal(request.error());
  }
  return 0;
}
