// Anthropic's Messages.
#include "providers/makers.hpp"
#include "wire/anthropic/messages_call.hpp"
#include "wire/anthropic/messages_reply.hpp"
#include "wire/token_count.hpp"

namespace entente::providers {

namespace {

constexpr Abilities abilities{.json_object = false,
                              .choices = false,
                              .logprobs = false,
                              .top_logprobs = false,
                              .seed = false,
                              .penalties = false,
                              .logit_bias = false,
                              .min_p = false,
                              .repetition_penalty = false,
                              .begun = true,
                              .most_temperature = 1.0,
                              .dialect = "anthropic messages",
                              .token_counts = true};

class Anthropic final : public Maker {
 public:
  Anthropic() : Maker(abilities) {}

  Result<net::UpstreamRequest> request(const Calling& calling) const override {
    const std::string& model = calling.deployment.model;
    net::UpstreamRequest out{.target = "/v1/messages",
                             .headers = {{"content-type", "application/json"},
                                         {"accept", std::string(reply_type(calling.work))},
                                         {"anthropic-version", "2023-06-01"},
                                         {"x-api-key", calling.key}},
                             .body = {}};
    if (const auto* count = std::get_if<CountTokens>(&calling.work)) {
      out.target += "/count_tokens";
      out.body = wire::encode_messages_count(count->chat, model);
    } else {
      out.body = wire::encode_messages_call(std::get<Chat>(calling.work), model);
    }
    return out;
  }

  std::unique_ptr<wire::ReplyDecoder> decoder(const Work& work) const override {
    if (std::holds_alternative<CountTokens>(work)) return std::make_unique<wire::TokenCountReply>("input_tokens");
    return std::make_unique<wire::MessagesReply>(bytes_of(std::get<Chat>(work).conversation));
  }
};

}  // namespace

std::unique_ptr<Maker> make_anthropic(const ProviderOptions&) { return std::make_unique<Anthropic>(); }

}  // namespace entente::providers
