#include "wire/vllm/tokens.hpp"

#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/text_or_tokens.hpp"

namespace entente::wire {

namespace {

// Say how a text is prepared elsewhere; here it is read as it stands, and a conversation as it would be answered.
constexpr std::string_view without_effect[] = {"add_special_tokens",    "return_token_strs",
                                               "add_generation_prompt", "continue_final_message",
                                               "chat_template_kwargs",  "mm_processor_kwargs"};

std::string model_of(Fields& body, std::string_view only_model) {
  const Json* named = body.any("model");
  return named || only_model.empty() ? read_model_name(body) : std::string(only_model);
}

}  // namespace

Result<Work> decode_tokenize_request(std::string_view text, std::string_view only_model) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  std::string model = model_of(body, only_model);
  body.accept(without_effect);
  if (const Json::Array* messages = body.array("messages")) {
    Chat chat{.model = std::move(model), .conversation = {}, .tooling = {}, .format = {}, .sampling = {}, .stop = {}};
    if (messages->empty()) body.reject("messages", "'messages' must hold at least one message.", "empty_array");
    read_openai_tooling(body, chat.tooling);
    body.nothing_else();
    if (!body.ok()) return fail(body.error());
    for (std::size_t i = 0; i < messages->size(); ++i) {
      TRY_ASSIGN(Message message, read_openai_message((*messages)[i], i));
      chat.conversation.push_back(std::move(message));
    }
    return chat;
  }
  Complete work{.model = std::move(model), .prompts = {body.required_text("prompt")}};
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  return work;
}

Result<DetokenizeRequest> decode_detokenize_request(std::string_view text, std::string_view only_model) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  DetokenizeRequest request{.model = model_of(body, only_model), .tokens = {}};
  const Json::Array* list = body.array("tokens");
  if (!list) body.missing("tokens");
  if (list && !list->empty()) {
    std::vector<TextOrTokens> read = read_texts_or_tokens(body, "tokens", 1);
    auto* tokens = read.empty() ? nullptr : std::get_if<std::vector<std::int32_t>>(&read.front());
    bool plain = tokens && list->front().as<std::int64_t>();
    if (plain) request.tokens = std::move(*tokens);
    if (body.ok() && !plain) body.reject("tokens", "'tokens' must hold the numbers of tokens.", "invalid_type");
  }
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  return request;
}

std::string encode_tokens(std::span<const std::int32_t> tokens, const TokenizerInfo& info) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("count").number(std::ssize(tokens)).key("max_model_len");
  json.number(std::int64_t{info.context_tokens}).key("tokens").begin_array();
  for (std::int32_t token : tokens) json.number(std::int64_t{token});
  json.end_array().key("token_strs").null().end_object();
  return out;
}

std::string encode_detokenized(std::string_view text) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("prompt").string(text).end_object();
  return out;
}

std::string encode_tokenizer(const TokenizerInfo& info) {
  std::string out;
  JsonWriter json(out);
  auto write = [&](std::string_view name, const std::string& value) {
    json.key(name);
    value.empty() ? json.null() : json.string(value);
  };
  json.begin_object();
  write("bos_token", info.begin);
  write("eos_token", info.end);
  write("pad_token", info.end);
  write("chat_template", info.chat_template);
  json.key("model_max_length").number(std::int64_t{info.context_tokens}).end_object();
  return out;
}

}  // namespace entente::wire
