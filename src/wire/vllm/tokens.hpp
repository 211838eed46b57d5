// vLLM's dialect for tokens: /tokenize, /detokenize and /tokenizer_info, which evaluation harnesses prepare prompts
// with. They name no model where a server has only one: `only_model` is that, or empty. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/tokenizer.hpp"
#include "domain/work.hpp"

namespace entente::wire {

// A text ("prompt") or a conversation ("messages").
Result<Work> decode_tokenize_request(std::string_view body, std::string_view only_model);

struct DetokenizeRequest {
  std::string model;
  std::vector<std::int32_t> tokens;
};
Result<DetokenizeRequest> decode_detokenize_request(std::string_view body, std::string_view only_model);

std::string encode_tokens(std::span<const std::int32_t> tokens, const TokenizerInfo& info);
std::string encode_detokenized(std::string_view text);
std::string encode_tokenizer(const TokenizerInfo& info);

}  // namespace entente::wire
