// wire/openai_chat.hpp: a chat request that is accepted keeps the ranges domain/ promises, is decoded again as the same
// request from its own encoding, and its answers can be written.
#include <cmath>

#include "fuzz.hpp"
#include "wire/json_writer.hpp"
#include "wire/openai_chat.hpp"
#include "wire/openai_error.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

bool within(double value, double least, double most) { return std::isfinite(value) && value >= least && value <= most; }

void check(const wire::ChatRequest& request) {
  const Chat& chat = request.chat;
  require(!chat.model.empty(), "a model is named");
  require(!chat.conversation.empty(), "there is a message");
  for (const Message& message : chat.conversation) {
    require(find_invalid_utf8(message.text) == std::string::npos, "texts are UTF-8");
  }
  const Sampling& sampling = chat.sampling;
  require(within(sampling.temperature.value_or(0), 0, 2) && within(sampling.top_p.value_or(0), 0, 1) &&
              within(sampling.min_p, 0, 1),
          "sampling is in range");
  require(within(sampling.presence_penalty, -2, 2) && within(sampling.frequency_penalty, -2, 2),
          "penalties are in range");
  require(within(sampling.repetition_penalty, 0.01, 10), "the repetition penalty is in range");
  for (const auto& [token, bias] : sampling.logit_bias)
    require(token >= 0 && within(bias, -100, 100), "biases are in range");
  require(chat.choices >= 1 && chat.choices <= 128, "choices are in range");
  require(!chat.max_tokens || *chat.max_tokens >= 1, "something may be answered");
  require(chat.stop.size() <= 4, "at most four stop texts");
  for (const std::string& stop : chat.stop) require(!stop.empty() && stop.size() <= 1024, "stop texts are in range");
  require(chat.top_logprobs <= 20 && (chat.logprobs || chat.top_logprobs == 0), "logprobs are in range");
  require(request.stream || !request.include_usage, "usage on chunks belongs to a stream");
}

std::string encode(const wire::ChatRequest& request) {
  const Chat& chat = request.chat;
  const Sampling& sampling = chat.sampling;
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("model").string(chat.model).key("messages").begin_array();
  for (const Message& message : chat.conversation) {
    json.begin_object().key("role").string(to_string(message.role)).key("content").string(message.text);
    json.key("name").string(message.name).end_object();
  }
  json.end_array().key("stop").begin_array();
  for (const std::string& stop : chat.stop) json.string(stop);
  json.end_array().key("logit_bias").begin_object();
  for (const auto& [token, bias] : sampling.logit_bias) json.key(std::to_string(token)).number(bias);
  json.end_object();
  if (sampling.temperature) json.key("temperature").number(*sampling.temperature);
  if (sampling.top_p) json.key("top_p").number(*sampling.top_p);
  json.key("min_p").number(sampling.min_p).key("top_k").number(std::int64_t{sampling.top_k});
  json.key("presence_penalty")
      .number(sampling.presence_penalty)
      .key("frequency_penalty")
      .number(sampling.frequency_penalty);
  json.key("repetition_penalty").number(sampling.repetition_penalty).key("n").number(std::int64_t{chat.choices});
  if (sampling.seed) json.key("seed").number(static_cast<std::int64_t>(*sampling.seed));
  if (chat.max_tokens) json.key("max_completion_tokens").number(std::int64_t{*chat.max_tokens});
  json.key("logprobs").boolean(chat.logprobs);
  if (chat.logprobs) json.key("top_logprobs").number(std::int64_t{chat.top_logprobs});
  json.key("user").string(chat.end_user).key("stream").boolean(request.stream);
  if (request.stream)
    json.key("stream_options").begin_object().key("include_usage").boolean(request.include_usage).end_object();
  json.end_object();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Result<wire::ChatRequest> request = wire::decode_chat_request(text_of(data, size));
  if (!request) {
    require_good_refusal(request.error());
    std::string shown = wire::encode_openai_error(request.error());
    require(find_invalid_utf8(shown) == std::string::npos, "a refusal is written in UTF-8");
    return 0;
  }
  check(*request);
  std::string encoded = encode(*request);
  Result<wire::ChatRequest> again = wire::decode_chat_request(encoded);
  require(again.has_value(), "what was accepted is accepted again");
  require(encode(*again) == encoded, "nothing is lost on the way");
  return 0;
}
