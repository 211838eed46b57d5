#include "wire/openai/logprobs.hpp"

namespace entente::wire {

namespace {

void write_token(JsonWriter& json, const TokenLogprob& token) {
  json.key("token").string(token.token).key("logprob").number(token.logprob).key("bytes").begin_array();
  for (char c : token.token) json.number(std::int64_t{static_cast<unsigned char>(c)});
  json.end_array();
}

void write_token_choice(JsonWriter& json, const TokenChoice& token) {
  json.begin_object();
  write_token(json, token.chosen);
  json.key("top_logprobs").begin_array();
  for (const TokenLogprob& other : token.top) {
    json.begin_object();
    write_token(json, other);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace

void write_token_choices(JsonWriter& json, const std::vector<TokenChoice>& tokens) {
  json.begin_array();
  for (const TokenChoice& token : tokens) write_token_choice(json, token);
  json.end_array();
}

}  // namespace entente::wire
