// wire/openai/chat.hpp: a chat request that is accepted keeps the ranges domain/ promises, is decoded again as the same
// request from its own encoding, and its answers can be written.
#include <algorithm>
#include <cmath>

#include "base/encoding.hpp"
#include "fuzz.hpp"
#include "wire/json_writer.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/error.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

bool within(double value, double least, double most) { return std::isfinite(value) && value >= least && value <= most; }

void check(const wire::ChatRequest& request) {
  const Chat& chat = request.chat;
  require(!chat.model.empty(), "a model is named");
  require(!chat.conversation.empty(), "there is a message");
  for (const Message& message : chat.conversation) {
    require(find_invalid_utf8(entente::text_of(message)) == std::string::npos, "texts are UTF-8");
    require(message.role == Role::assistant || !message.parts.empty(), "only the assistant may say nothing");
  }
  for (const Tool& tool : chat.tooling.tools) {
    require(!tool.name.empty() && tool.name.size() <= 64, "tools have names");
    require(tool.parameters.empty() || wire::parse_json(tool.parameters, 128).has_value(), "schemas are JSON");
  }
  for (const std::string& name : chat.tooling.allowed) {
    require(std::ranges::contains(chat.tooling.tools, name, &Tool::name), "what may be called is there");
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

void write_part(wire::JsonWriter& json, const Part& part) {
  json.begin_object();
  if (auto* text = std::get_if<TextPart>(&part)) {
    json.key("type").string("text").key("text").string(text->text);
  } else if (auto* image = std::get_if<ImagePart>(&part)) {
    std::string bytes = to_base64({reinterpret_cast<const std::uint8_t*>(image->bytes.data()), image->bytes.size()});
    json.key("type").string("image_url").key("image_url").begin_object().key("url");
    json.string(image->bytes.empty() ? image->url : "data:" + image->media_type + ";base64," + bytes);
    if (!image->detail.empty()) json.key("detail").string(image->detail);
    json.end_object();
  }
  json.end_object();
}

void write_message(wire::JsonWriter& json, const Message& message) {
  json.begin_object().key("role").string(to_string(message.role)).key("name").string(message.name);
  std::vector<ToolCall> calls;
  std::string thoughts;
  bool has_content = false;
  for (const Part& part : message.parts) {
    if (auto* call = std::get_if<ToolCall>(&part)) calls.push_back(*call);
    if (auto* thought = std::get_if<ReasoningPart>(&part)) thoughts += thought->text;
    if (auto* result = std::get_if<ToolResult>(&part)) {
      json.key("tool_call_id").string(result->call).key("content").string(result->text);
    }
    has_content = has_content || std::holds_alternative<TextPart>(part) || std::holds_alternative<ImagePart>(part);
  }
  if (has_content) {
    json.key("content").begin_array();
    for (const Part& part : message.parts) {
      if (std::holds_alternative<TextPart>(part) || std::holds_alternative<ImagePart>(part)) write_part(json, part);
    }
    json.end_array();
  }
  if (message.role == Role::assistant) {
    json.key("refusal").string("").key("reasoning_content").string(thoughts).key("tool_calls").begin_array();
    for (const ToolCall& call : calls) {
      json.begin_object().key("id").string(call.id).key("type").string("function").key("function").begin_object();
      json.key("name").string(call.name).key("arguments").string(call.arguments).end_object().end_object();
    }
    json.end_array();
  }
  json.end_object();
}

std::string encode(const wire::ChatRequest& request) {
  const Chat& chat = request.chat;
  const Sampling& sampling = chat.sampling;
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("model").string(chat.model).key("messages").begin_array();
  for (const Message& message : chat.conversation) write_message(json, message);
  json.end_array().key("tools").begin_array();
  for (const Tool& tool : chat.tooling.tools) {
    json.begin_object().key("type").string("function").key("function").begin_object().key("name").string(tool.name);
    json.key("description").string(tool.description).key("strict").boolean(tool.strict);
    if (!tool.parameters.empty()) json.key("parameters").raw(tool.parameters);
    json.end_object().end_object();
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
