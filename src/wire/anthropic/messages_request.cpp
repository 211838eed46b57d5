// Request half of Anthropic's Messages dialect.
#include <algorithm>
#include <format>
#include <limits>

#include "base/encoding.hpp"
#include "wire/anthropic/messages.hpp"
#include "wire/anthropic/parts.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"

namespace entente::wire {

namespace {

// No effect on the answer here: where and how a maker's own servers keep and serve it.
constexpr std::string_view without_effect[] = {
    "cache_control",  "context_management",    "inference_geo", "speed",           "diagnostics",
    "billing_policy", "fallback_credit_token", "betas",         "user_profile_id", "workspace_id"};

// So many tokens to think in are so much of an effort: for models that know words only.
ReasoningEffort effort_of(std::int64_t budget) {
  return budget < 4096 ? ReasoningEffort::low : budget < 16384 ? ReasoningEffort::medium : ReasoningEffort::high;
}

bool read_thinking(Fields& body, Chat& chat) {
  bool thoughts = false;
  chat.reasoning_effort = ReasoningEffort::none;
  body.inside("thinking", [&](Fields& thinking) {
    std::string type = thinking.required_text("type");
    auto budget = thinking.integer("budget_tokens", 1024, std::numeric_limits<std::int32_t>::max());
    thoughts = type != "disabled" && thinking.text("display").value_or("summarized") != "omitted";
    if (!thinking.ok() || type == "disabled") return;
    if (type == "adaptive" || type == "between_tools") {
      chat.reasoning_effort.reset();
    } else if (type == "enabled" && budget) {
      chat.reasoning_effort = effort_of(*budget);
      chat.reasoning_budget = static_cast<std::uint32_t>(*budget);
    } else if (type == "enabled") {
      thinking.missing("budget_tokens");
    } else {
      thinking.reject("type",
                      std::format("'{}' must be one of enabled, adaptive, between_tools and disabled, but '{}' came.",
                                  thinking.path_of("type"), shortened(type)));
    }
  });
  if (body.ok() && chat.reasoning_budget && chat.max_tokens && *chat.reasoning_budget >= *chat.max_tokens) {
    body.reject("thinking", "'max_tokens' must be greater than 'thinking.budget_tokens'.");
  }
  return thoughts;
}

void read_format(Fields& parent, std::string_view name, AnswerFormat& out) {
  parent.inside(name, [&](Fields& format) {
    std::string type = format.required_text("type");
    if (format.ok() && type != "json_schema") {
      format.reject("type", std::format("'{}' must be 'json_schema'.", format.path_of("type")), "unsupported_value");
    }
    const Json* schema = format.object("schema");
    if (!schema) return format.missing("schema");
    out = {.kind = AnswerFormat::Kind::json_schema, .name = "answer", .schema = to_json_text(*schema), .strict = true};
  });
}

void read_output(Fields& body, bool thinks, Chat& chat) {
  body.inside("output_config", [&](Fields& output) {
    if (auto word = output.text("effort")) {
      using enum ReasoningEffort;
      bool known = *word == "low" || *word == "medium" || *word == "high" || *word == "xhigh" || *word == "max";
      if (!known) {
        output.reject("effort", std::format("'{}' must be one of low, medium, high, xhigh and max, but '{}' came.",
                                            output.path_of("effort"), shortened(*word)));
      }
      if (thinks && !chat.reasoning_budget)
        chat.reasoning_effort = *word == "low" ? low : *word == "medium" ? medium : high;
    }
    output.any("task_budget");  // advice to the model, which others do not read
    read_format(output, "format", chat.format);
  });
  read_format(body, "output_format", chat.format);
}

void read_sampling(Fields& body, Chat& chat) {
  chat.sampling.temperature = body.number("temperature", 0, 1);
  chat.sampling.top_p = body.number("top_p", 0, 1);
  chat.sampling.top_k = static_cast<std::uint32_t>(body.integer("top_k", 0, 1'000'000).value_or(0));
  const Json::Array* stops = body.array("stop_sequences");
  if (!stops) return;
  for (std::size_t i = 0; i < stops->size(); ++i) {
    auto* text = (*stops)[i].as<std::string>();
    if (!text || text->empty() || text->size() > 1024 || i >= 64) {
      return body.reject("stop_sequences", "'stop_sequences' must hold at most 64 texts of 1 to 1,024 bytes.");
    }
    chat.stop.push_back(*text);
  }
}

// The client has begun the answer; it goes on where that ends.
void read_beginning(Fields& body, Chat& chat) {
  const Message& message = chat.conversation.back();
  bool only_text =
      std::ranges::all_of(message.parts, [](const Part& part) { return std::holds_alternative<TextPart>(part); });
  if (!only_text || text_of(message).empty()) {
    return body.reject("messages", "A last message of the assistant begins the answer: it must be text.");
  }
  // As the reference has it; a model would go on with a second space.
  if (std::string text = text_of(message); text.find_last_not_of(" \t\r\n") + 1 != text.size())
    return body.reject("messages",
                       "A last message of the assistant, which begins the answer, must not end in white space.");
  chat.begun = true;
}

Result<MessagesRequest> decode(std::string_view text, bool counts_only) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  MessagesRequest request;
  Chat& chat = request.chat;
  chat.model = read_model_name(body);
  read_anthropic_conversation(body, chat.conversation);
  if (body.ok() && chat.conversation.back().role == Role::assistant) read_beginning(body, chat);
  auto most = body.integer("max_tokens", 1, std::numeric_limits<std::uint32_t>::max());
  if (!most && !counts_only) body.missing("max_tokens");
  if (most) chat.max_tokens = static_cast<std::uint32_t>(*most);
  read_anthropic_tooling(body, chat.tooling);
  request.thoughts = read_thinking(body, chat);
  read_output(body, chat.reasoning_effort != ReasoningEffort::none, chat);
  read_sampling(body, chat);
  request.stream = body.boolean("stream").value_or(false);
  body.text("service_tier");  // "auto", "standard_only": what capacity was bought, at Anthropic
  body.inside("metadata", [&](Fields& metadata) { chat.end_user = metadata.text("user_id").value_or(""); });
  if (body.any("thread")) {
    body.reject("thread", "'thread' is not supported: no conversation is kept here. Send all of it each time.",
                "thread_unsupported_request");
  }
  body.accept(without_effect);
  chat.passed = body.pass("anthropic messages");
  if (!body.ok()) return fail(body.error());
  return request;
}

}  // namespace

Result<MessagesRequest> decode_messages_request(std::string_view body) { return decode(body, false); }

Result<Chat> decode_count_tokens_request(std::string_view body) {
  TRY_ASSIGN(MessagesRequest request, decode(body, true));
  return std::move(request.chat);
}

}  // namespace entente::wire
