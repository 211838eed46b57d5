#include "wire/openai/chat_reply.hpp"

#include <format>

#include "wire/failure.hpp"
#include "wire/on_demand.hpp"

namespace entente::wire {

namespace {

// What one chunk says of one call; `place` is -1 when it gives no index.
struct CallPiece {
  std::int64_t place = -1;
  std::string_view id, name, arguments;
};

struct Delta {
  std::string_view text, reasoning, refusal;
  std::vector<CallPiece> calls;
};

od::error_code read_call(od::value& from, CallPiece& call) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (key == "index") return od::integer(value, call.place);
    if (key == "id") return od::text(value, call.id);
    if (key != "function") return simdjson::SUCCESS;
    return od::each_member_of(value, [&](std::string_view inner, od::value member) -> od::error_code {
      if (inner == "name") return od::text(member, call.name);
      if (inner != "arguments") return simdjson::SUCCESS;
      if (od::is_a(member, od::json_type::object)) return member.raw_json().get(call.arguments);
      return od::text(member, call.arguments);
    });
  });
}

// Thoughts go by three names; Mistral sends content as a list of parts that may hold some.
od::error_code read_content(od::value& from, Delta& delta, std::string& gathered, std::string& thoughts) {
  if (!od::is_a(from, od::json_type::array)) return od::text(from, delta.text);
  OD_TRY(od::each_item(from, [&](od::value& part) -> od::error_code {
    std::string_view text;
    bool thinks = false;
    OD_TRY(od::each_member_of(part, [&](std::string_view key, od::value value) -> od::error_code {
      if (key == "text") return od::text(value, text);
      if (key != "thinking") return simdjson::SUCCESS;
      thinks = true;
      return od::each_item(value, [&](od::value& thought) -> od::error_code {
        return od::each_member_of(thought, [&](std::string_view inner, od::value member) -> od::error_code {
          std::string_view piece;
          if (inner != "text") return simdjson::SUCCESS;
          OD_TRY(od::text(member, piece));
          thoughts += piece;
          return simdjson::SUCCESS;
        });
      });
    }));
    if (!thinks) gathered += text;
    return simdjson::SUCCESS;
  }));
  delta.text = gathered;
  delta.reasoning = thoughts;
  return simdjson::SUCCESS;
}

od::error_code read_delta(od::value& from, Delta& delta, std::string& gathered, std::string& thoughts) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (od::is_null(value)) return simdjson::SUCCESS;
    if (key == "content") return read_content(value, delta, gathered, thoughts);
    if (key == "reasoning_content" || key == "reasoning") return od::text(value, delta.reasoning);
    if (key == "refusal") return od::text(value, delta.refusal);
    if (key != "tool_calls") return simdjson::SUCCESS;
    return od::each_item(
        value, [&](od::value& call) -> od::error_code { return read_call(call, delta.calls.emplace_back()); });
  });
}

od::error_code read_token(od::value& from, TokenLogprob& token, std::vector<TokenLogprob>* top) {
  std::string bytes;
  OD_TRY(od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (od::is_null(value)) return simdjson::SUCCESS;
    if (key == "logprob") return od::number(value, token.logprob);
    if (key == "token") {
      std::string_view text;
      OD_TRY(od::text(value, text));
      token.token = text;
      return simdjson::SUCCESS;
    }
    if (key == "bytes") {
      return od::each_item(value, [&](od::value& byte) -> od::error_code {
        std::int64_t number = 0;
        OD_TRY(od::integer(byte, number));
        bytes += static_cast<char>(number);
        return simdjson::SUCCESS;
      });
    }
    if (key != "top_logprobs" || !top) return simdjson::SUCCESS;
    return od::each_item(
        value, [&](od::value& other) -> od::error_code { return read_token(other, top->emplace_back(), nullptr); });
  }));
  if (!bytes.empty()) token.token = std::move(bytes);
  return simdjson::SUCCESS;
}

od::error_code read_logprobs(od::value& from, std::vector<TokenChoice>& tokens) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (key != "content" || od::is_null(value)) return simdjson::SUCCESS;
    return od::each_item(value, [&](od::value& token) -> od::error_code {
      TokenChoice& choice = tokens.emplace_back();
      return read_token(token, choice.chosen, &choice.top);
    });
  });
}

od::error_code read_usage(od::value& from, Usage& usage) {
  std::int64_t total = 0, hits = 0;
  auto details = [](od::value& value, std::string_view wanted, std::int64_t& into) {
    return od::each_member_of(value, [&](std::string_view key, od::value member) -> od::error_code {
      return key == wanted ? od::integer(member, into) : simdjson::SUCCESS;
    });
  };
  OD_TRY(od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (od::is_null(value)) return simdjson::SUCCESS;
    if (key == "prompt_tokens") return od::integer(value, usage.prompt_tokens);
    if (key == "completion_tokens") return od::integer(value, usage.completion_tokens);
    if (key == "total_tokens") return od::integer(value, total);
    if (key == "prompt_cache_hit_tokens") return od::integer(value, hits);  // DeepSeek
    if (key == "prompt_tokens_details") return details(value, "cached_tokens", usage.cached_tokens);
    if (key == "completion_tokens_details") return details(value, "reasoning_tokens", usage.reasoning_tokens);
    return simdjson::SUCCESS;
  }));
  if (usage.cached_tokens == 0) usage.cached_tokens = hits;
  // xAI counts thoughts beside the completion: only the total tells.
  if (usage.reasoning_tokens > 0 && total == usage.prompt_tokens + usage.completion_tokens + usage.reasoning_tokens)
    usage.completion_tokens += usage.reasoning_tokens;
  return simdjson::SUCCESS;
}

FinishReason reason_named(std::string_view word) {
  if (word == "length" || word == "max_tokens" || word == "model_length") return FinishReason::length;
  if (word == "tool_calls" || word == "function_call") return FinishReason::tool_calls;
  if (word == "content_filter") return FinishReason::content_filter;
  return FinishReason::stop;
}

// One chunk into the assembly. A failure of the assembly is kept in `refused`: simdjson's codes have no room for it.
struct ChunkReader {
  ReplyAssembly& assembly;
  Result<> refused = {};
  std::string error_object;

  od::error_code read(od::object& root) {
    return od::each_member(root, [&](std::string_view key, od::value value) -> od::error_code {
      if (od::is_null(value) || !refused) return simdjson::SUCCESS;
      if (key == "choices") return od::each_item(value, [&](od::value& choice) { return read_choice(choice); });
      if (key == "usage") {
        Usage usage;
        OD_TRY(read_usage(value, usage));
        assembly.usage(usage);
      } else if (key == "error") {
        std::string_view raw;
        OD_TRY(value.raw_json().get(raw));
        error_object = std::format("{{\"error\":{}}}", raw);
      }
      return simdjson::SUCCESS;
    });
  }

  od::error_code read_choice(od::value& from) {
    std::int64_t index = 0;
    std::string_view finish;
    Delta delta;
    std::string gathered, thoughts;
    std::vector<TokenChoice> logprobs;
    OD_TRY(od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
      if (od::is_null(value)) return simdjson::SUCCESS;
      if (key == "index") return od::integer(value, index);
      if (key == "delta" || key == "message") return read_delta(value, delta, gathered, thoughts);
      if (key == "finish_reason") return od::text(value, finish);
      if (key == "logprobs") return read_logprobs(value, logprobs);
      return simdjson::SUCCESS;
    }));
    refused = apply(index, delta, std::move(logprobs), finish);
    return simdjson::SUCCESS;
  }

  Result<> apply(std::int64_t index, const Delta& delta, std::vector<TokenChoice> logprobs, std::string_view finish) {
    assembly.start();
    TRY(assembly.reasoning(index, delta.reasoning));
    TRY(assembly.text(index, delta.text, std::move(logprobs)));
    TRY(assembly.text(index, delta.refusal));
    for (const CallPiece& call : delta.calls) TRY(assembly.call(index, call.place, call.id, call.name, call.arguments));
    if (finish == "error") {
      return fail({.code = ErrorCode::upstream_failed,
                   .message = "The provider's answer ended with an error.",
                   .reason = "upstream_failed"});
    }
    if (!finish.empty()) TRY(assembly.finish(index, reason_named(finish)));
    return {};
  }
};

}  // namespace

Result<> ChatReply::take(std::string_view bytes) {
  events_.feed(bytes);
  while (true) {
    TRY_ASSIGN(auto event, events_.next());
    if (!event) return {};
    if (assembly_.complete()) continue;  // nothing counts behind [DONE]
    if (event->data == "[DONE]") {
      assembly_.complete_answer();
      continue;
    }
    ChunkReader reader{assembly_};
    TRY(od::read_on_demand(event->data, [&](od::object& root) { return reader.read(root); }));
    if (!reader.error_object.empty()) return fail(failure_of(0, read_failure(reader.error_object)));
    TRY(std::move(reader.refused));
  }
}

}  // namespace entente::wire
