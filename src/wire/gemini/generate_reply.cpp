#include "wire/gemini/generate_reply.hpp"

#include <format>

#include "wire/failure.hpp"
#include "wire/on_demand.hpp"

namespace entente::wire {

namespace {

struct PartSaid {
  std::string_view text, name, id, signature;
  std::string arguments;
  bool thought = false, called = false;
};

od::error_code read_part(od::value& from, PartSaid& part) {
  return od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (od::is_null(value)) return simdjson::SUCCESS;
    if (key == "text") return od::text(value, part.text);
    if (key == "thought") return value.get_bool().get(part.thought);
    if (key == "thoughtSignature") return od::text(value, part.signature);
    if (key != "functionCall") return simdjson::SUCCESS;
    part.called = true;
    return od::each_member_of(value, [&](std::string_view inner, od::value member) -> od::error_code {
      if (inner == "name") return od::text(member, part.name);
      if (inner == "id") return od::text(member, part.id);
      if (inner != "args" || od::is_null(member)) return simdjson::SUCCESS;
      std::string_view raw;
      OD_TRY(member.raw_json().get(raw));
      part.arguments = raw;
      return simdjson::SUCCESS;
    });
  });
}

od::error_code read_usage(od::value& from, Usage& usage) {
  std::int64_t candidates = 0, thoughts = 0, tools = 0;
  OD_TRY(od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
    if (key == "promptTokenCount") return od::integer(value, usage.prompt_tokens);
    if (key == "cachedContentTokenCount") return od::integer(value, usage.cached_tokens);
    if (key == "candidatesTokenCount") return od::integer(value, candidates);
    if (key == "thoughtsTokenCount") return od::integer(value, thoughts);
    if (key == "toolUsePromptTokenCount") return od::integer(value, tools);
    return simdjson::SUCCESS;
  }));
  usage.prompt_tokens += tools;
  usage.completion_tokens = candidates + thoughts;
  usage.reasoning_tokens = thoughts;
  return simdjson::SUCCESS;
}

std::unexpected<Error> filtered(std::string_view reason) {
  return fail({.code = ErrorCode::invalid_request,
               .message = "The provider refuses to answer this: its content filter says so.",
               .reason = "content_filter",
               .details = std::string(reason)});
}

struct ChunkReader {
  ReplyAssembly& assembly;
  std::vector<std::int64_t>& calls;
  Result<> refused = {};
  std::string error_object;

  od::error_code read(od::object& root) {
    return od::each_member(root, [&](std::string_view key, od::value value) -> od::error_code {
      if (od::is_null(value) || !refused) return simdjson::SUCCESS;
      if (key == "candidates") return od::each_item(value, [&](od::value& one) { return read_candidate(one); });
      if (key == "usageMetadata") {
        Usage usage;
        OD_TRY(read_usage(value, usage));
        assembly.usage(usage);
      } else if (key == "promptFeedback") {
        std::string_view blocked;
        OD_TRY(od::each_member_of(value, [&](std::string_view inner, od::value member) -> od::error_code {
          return inner == "blockReason" ? od::text(member, blocked) : simdjson::SUCCESS;
        }));
        if (!blocked.empty()) refused = filtered(blocked);
      } else if (key == "error") {
        std::string_view raw;
        OD_TRY(value.raw_json().get(raw));
        error_object = std::format("{{\"error\":{}}}", raw);
      }
      return simdjson::SUCCESS;
    });
  }

  od::error_code read_candidate(od::value& from) {
    std::int64_t index = 0;
    std::string finish;
    std::vector<PartSaid> parts;
    OD_TRY(od::each_member_of(from, [&](std::string_view key, od::value value) -> od::error_code {
      if (od::is_null(value)) return simdjson::SUCCESS;
      if (key == "index") return od::integer(value, index);
      if (key == "finishReason") {
        std::string_view word;
        OD_TRY(od::text(value, word));
        finish = word;
        return simdjson::SUCCESS;
      }
      if (key != "content") return simdjson::SUCCESS;
      return od::each_member_of(value, [&](std::string_view inner, od::value member) -> od::error_code {
        if (inner != "parts" || od::is_null(member)) return simdjson::SUCCESS;
        return od::each_item(member, [&](od::value& part) { return read_part(part, parts.emplace_back()); });
      });
    }));
    if (refused) refused = apply(index, parts, finish);
    return simdjson::SUCCESS;
  }

  Result<> apply(std::int64_t index, const std::vector<PartSaid>& parts, std::string_view finish) {
    assembly.start();
    for (const PartSaid& part : parts) {
      if (part.called) {
        if (index < 0 || index >= static_cast<std::int64_t>(calls.size())) return od::bad_reply("a candidate too many");
        TRY(assembly.call(index, calls[static_cast<std::size_t>(index)]++, part.id, part.name, part.arguments,
                          part.signature));
      } else if (part.thought) {
        TRY(assembly.reasoning(index, part.text));
      } else {
        TRY(assembly.text(index, part.text));
      }
    }
    if (finish.empty() || finish == "FINISH_REASON_UNSPECIFIED") return {};
    if (finish == "STOP") return assembly.finish(index, FinishReason::stop);
    if (finish == "MAX_TOKENS") return assembly.finish(index, FinishReason::length);
    if (finish.starts_with("MALFORMED") || finish == "OTHER" || finish == "UNEXPECTED_TOOL_CALL") {
      return fail({.code = ErrorCode::upstream_failed,
                   .message = "The provider's model ended its answer with a mistake of its own.",
                   .reason = "upstream_failed",
                   .details = std::string(finish)});
    }
    return assembly.finish(index,
                           FinishReason::content_filter);  // SAFETY, RECITATION, BLOCKLIST, PROHIBITED_CONTENT, …
  }
};

}  // namespace

Result<> GenerateReply::take(std::string_view bytes) {
  events_.feed(bytes);
  while (true) {
    TRY_ASSIGN(auto event, events_.next());
    if (!event) return {};
    ChunkReader reader{assembly_, calls_};
    TRY(od::read_on_demand(event->data, [&](od::object& root) { return reader.read(root); }));
    if (!reader.error_object.empty()) return fail(failure_of(0, read_failure(reader.error_object)));
    TRY(std::move(reader.refused));
  }
}

}  // namespace entente::wire
