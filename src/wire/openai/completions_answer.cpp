// Answer half of OpenAI's completions dialect.
#include <algorithm>
#include <cmath>
#include <format>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/openai/completions.hpp"
#include "wire/openai/error.hpp"
#include "wire/openai/usage.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

// A token whose bytes are no text on their own is spelt "bytes:\xe2\x80", as the reference does.
std::string shown(const std::string& token) {
  if (find_invalid_utf8(token) == std::string::npos) return token;
  std::string out = "bytes:";
  for (char byte : token) out += std::format("\\x{:02x}", static_cast<unsigned char>(byte));
  return out;
}

std::int64_t characters(std::string_view text) {
  return std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; });
}

// `offset`: where the first token's text stands in the choice's; moved on behind the last.
void write_logprobs(JsonWriter& json, const std::vector<TokenChoice>& tokens, std::int64_t& offset) {
  json.begin_object().key("tokens").begin_array();
  for (const TokenChoice& token : tokens) json.string(shown(token.chosen.token));
  json.end_array().key("token_logprobs").begin_array();
  for (const TokenChoice& token : tokens) json.number(token.chosen.logprob);
  json.end_array().key("top_logprobs").begin_array();
  for (const TokenChoice& token : tokens) {
    if (std::isnan(token.chosen.logprob)) {
      json.null();
      continue;
    }
    json.begin_object();
    std::vector<std::string> named;
    auto write = [&](const TokenLogprob& one) {
      std::string name = shown(one.token);
      if (std::ranges::contains(named, name)) return;  // two tokens may have one spelling: the likelier is told
      json.key(name).number(one.logprob);
      named.push_back(std::move(name));
    };
    for (const TokenLogprob& other : token.top) write(other);
    write(token.chosen);
    json.end_object();
  }
  json.end_array().key("text_offset").begin_array();
  for (const TokenChoice& token : tokens) {
    json.number(offset);
    offset += characters(token.chosen.token);
  }
  json.end_array().end_object();
}

void write_head(JsonWriter& json, const CompletionHead& head) {
  json.key("id").string(head.id).key("object").string("text_completion").key("created").number(head.created);
  json.key("model").string(head.model).key("system_fingerprint").null();
}

}  // namespace

CompletionChunks::CompletionChunks(CompletionHead head, std::uint32_t choices, bool include_usage)
    : head_(std::move(head)), include_usage_(include_usage), told_(choices) {}

void CompletionChunks::append(std::string& out, const Event& event) {
  auto chunk = [&](std::uint32_t choice, std::string_view text, const std::vector<TokenChoice>* logprobs,
                   std::string_view finish) {
    append_sse(out, {}, [&](std::string& line) {
      JsonWriter json(line);
      json.begin_object();
      write_head(json, head_);
      json.key("choices").begin_array().begin_object().key("text").string(text).key("index");
      json.number(std::int64_t{choice}).key("logprobs");
      logprobs&& head_.logprobs ? write_logprobs(json, *logprobs, told_.at(choice)) : void(json.null());
      json.key("finish_reason");
      finish.empty() ? json.null() : json.string(finish);
      json.end_object().end_array();
      if (include_usage_) json.key("usage").null();
      json.end_object();
    });
  };
  if (auto* delta = std::get_if<TextDelta>(&event)) {
    chunk(delta->choice, delta->text, &delta->logprobs, "");
  } else if (auto* finished = std::get_if<Finished>(&event)) {
    chunk(finished->choice, "", nullptr, to_string(finished->reason));
  } else if (auto* usage = std::get_if<Usage>(&event); usage && include_usage_) {
    append_sse(out, {}, [&](std::string& line) {
      JsonWriter json(line);
      json.begin_object();
      write_head(json, head_);
      json.key("choices").begin_array().end_array().key("usage");
      write_openai_usage(json, *usage);
      json.end_object();
    });
  }
}

void CompletionChunks::end(std::string& out) { out += "data: [DONE]\n\n"; }

void CompletionChunks::fail(std::string& out, const Error& error) {
  append_sse(out, {}, [&](std::string& line) { line += encode_openai_error(error); });
}

std::string Completion::body() const {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_head(json, head_);
  json.key("choices").begin_array();
  for (std::size_t i = 0; i < gathered_.choices.size(); ++i) {
    const Gathered::Choice& choice = gathered_.choices[i];
    std::int64_t offset = 0;
    json.begin_object().key("text").string(choice.text).key("index").number(static_cast<std::int64_t>(i));
    json.key("logprobs");
    head_.logprobs ? write_logprobs(json, choice.logprobs, offset) : void(json.null());
    json.key("finish_reason").string(to_string(choice.finish)).end_object();
  }
  json.end_array().key("usage");
  write_openai_usage(json, gathered_.usage);
  json.end_object();
  return out;
}

}  // namespace entente::wire
