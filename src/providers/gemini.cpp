// Google Gemini, with a key of the Gemini API.
#include "net/client.hpp"
#include "providers/makers.hpp"
#include "wire/gemini/embed_call.hpp"
#include "wire/gemini/generate_call.hpp"
#include "wire/gemini/generate_reply.hpp"
#include "wire/json.hpp"
#include "wire/token_count.hpp"

namespace entente::providers {

namespace {

constexpr Abilities abilities{.strict_tools = false,
                              .image_addresses = false,
                              .logprobs = false,
                              .top_logprobs = false,
                              .logit_bias = false,
                              .min_p = false,
                              .repetition_penalty = false,
                              .most_stops = 5,
                              .embeddings = true,
                              .token_counts = true};

// details: [{"@type": "…RetryInfo", "retryDelay": "7s"}]
std::optional<std::chrono::milliseconds> retry_delay(std::string_view body) {
  auto document = wire::parse_json(body);
  if (!document) return std::nullopt;
  const wire::Json* error = document->find("error");
  const wire::Json::Array* list = error ? error->array("details") : nullptr;
  if (!list) return std::nullopt;
  for (const wire::Json& detail : *list) {
    const std::string* text = detail.text("retryDelay");
    if (!text || !text->ends_with('s')) continue;
    return retry_after(net::Headers{{"retry-after", text->substr(0, text->size() - 1)}});
  }
  return std::nullopt;
}

class Gemini final : public Maker {
 public:
  Gemini() : Maker(abilities) {}

  Result<net::UpstreamRequest> request(const Calling& calling) const override {
    const std::string& model = calling.deployment.model;
    net::UpstreamRequest out{.target = "/models/" + net::encode_segment(model),
                             .headers = {{"content-type", "application/json"}, {"x-goog-api-key", calling.key}},
                             .body = {}};
    if (const auto* embed = std::get_if<Embed>(&calling.work)) {
      out.target += ":batchEmbedContents";
      out.body = wire::encode_embed_contents_call(*embed, model);
    } else if (const auto* count = std::get_if<CountTokens>(&calling.work)) {
      out.target += ":countTokens";
      out.body = wire::encode_generate_count(count->chat, model);
    } else {
      out.target += ":streamGenerateContent?alt=sse";
      out.body = wire::encode_generate_call(std::get<Chat>(calling.work), model);
    }
    return out;
  }

  std::unique_ptr<wire::ReplyDecoder> decoder(const Work& work) const override {
    if (const auto* embed = std::get_if<Embed>(&work))
      return std::make_unique<wire::EmbedContentsReply>(embed->inputs.size(), envelope_of(work).prompt_bytes);
    if (std::holds_alternative<CountTokens>(work)) return std::make_unique<wire::TokenCountReply>("totalTokens");
    const Chat& chat = std::get<Chat>(work);
    return std::make_unique<wire::GenerateReply>(chat.choices, bytes_of(chat.conversation));
  }

  Error failure(unsigned status, const net::Headers& headers, std::string_view body) const override {
    Error error = Maker::failure(status, headers, body);
    if (!error.retry_after) error.retry_after = retry_delay(body);
    return error;
  }
};

}  // namespace

std::unique_ptr<Maker> make_gemini(const ProviderOptions&) { return std::make_unique<Gemini>(); }

}  // namespace entente::providers
