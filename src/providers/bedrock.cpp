// Amazon Bedrock: the models of Amazon, Meta, Mistral, Anthropic and others behind Converse. The key is a secret access
// key, with which requests are signed, or, without an access_key_id, a Bedrock API key, which is sent as it is.
#include "base/clock.hpp"
#include "net/client.hpp"
#include "providers/makers.hpp"
#include "providers/signature_v4.hpp"
#include "wire/bedrock/converse_call.hpp"
#include "wire/bedrock/converse_reply.hpp"
#include "wire/failure.hpp"
#include "wire/token_count.hpp"

namespace entente::providers {

namespace {

constexpr Abilities abilities{.strict_tools = false,
                              .schema = false,
                              .json_object = false,
                              .image_addresses = false,
                              .reasoning_effort = false,
                              .choices = false,
                              .logprobs = false,
                              .top_logprobs = false,
                              .seed = false,
                              .penalties = false,
                              .logit_bias = false,
                              .top_k = false,
                              .min_p = false,
                              .repetition_penalty = false,
                              .most_temperature = 1.0,
                              .token_counts = true};

class Bedrock final : public Maker {
 public:
  explicit Bedrock(const ProviderOptions& options)
      : Maker(abilities),
        region_(options.region),
        access_key_id_(options.access_key_id),
        session_token_(options.session_token) {}

  Result<net::UpstreamRequest> request(const Calling& calling) const override {
    net::UpstreamRequest out{.target = "/model/" + net::encode_segment(calling.deployment.model),
                             .headers = {{"content-type", "application/json"}},
                             .body = {}};
    if (const auto* count = std::get_if<CountTokens>(&calling.work)) {
      out.target += "/count-tokens";
      out.body = wire::encode_converse_count(count->chat);
    } else {
      out.target += "/converse-stream";
      out.body = wire::encode_converse_call(std::get<Chat>(calling.work));
    }
    if (access_key_id_.empty()) {
      out.headers.add("authorization", "Bearer " + calling.key);
    } else {
      sign(out, {.access_key_id = access_key_id_, .secret_access_key = calling.key, .session_token = session_token_},
           {.host = calling.upstream.host_header(),
            .base_path = calling.upstream.base_path(),
            .region = region_,
            .service = "bedrock"},
           system_clock().now());
    }
    return out;
  }

  std::unique_ptr<wire::ReplyDecoder> decoder(const Work& work) const override {
    if (std::holds_alternative<CountTokens>(work)) return std::make_unique<wire::TokenCountReply>("inputTokens");
    return std::make_unique<wire::ConverseReply>(bytes_of(std::get<Chat>(work).conversation));
  }
  std::string_view reply_type(const Work& work) const override {
    return std::holds_alternative<CountTokens>(work) ? "application/json" : "application/vnd.amazon.eventstream";
  }

  // The kind of failure stands in a header: "ThrottlingException:http://…".
  Error failure(unsigned status, const net::Headers& headers, std::string_view body) const override {
    std::string_view name = headers.get("x-amzn-errortype");
    name = name.substr(0, name.find(':'));
    wire::FailureWords words = wire::read_failure(body);
    words.type = name;
    Error error = wire::failure_of(name.empty() ? status : wire::status_of_exception(name), std::move(words));
    error.retry_after = retry_after(headers);
    return error;
  }

 private:
  const std::string region_, access_key_id_, session_token_;
};

}  // namespace

std::unique_ptr<Maker> make_bedrock(const ProviderOptions& options) { return std::make_unique<Bedrock>(options); }

}  // namespace entente::providers
