// Request half of OpenAI's Responses dialect.
#include <format>
#include <limits>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/responses.hpp"
#include "wire/openai/responses_parts.hpp"

namespace entente::wire {

namespace {

// No effect on the answer here: accepted, so that what clients send by default passes.
constexpr std::string_view without_effect[] = {
    "metadata",       "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options",
    "max_tool_calls", "client_metadata",  "background_options",     "access_programs"};

// Would be kept or done by a maker's own servers.
constexpr std::string_view not_here[] = {"conversation", "prompt", "context_management", "moderation", "image"};

void refuse_what_is_not_here(Fields& body) {
  body.refuse(not_here);
  if (body.boolean("background").value_or(false)) {
    body.reject("background", "'background' is not supported: an answer is made while its client waits.",
                "unsupported_value");
  }
  auto truncation = body.text("truncation").value_or("disabled");
  if (truncation != "disabled" && truncation != "auto") {
    body.reject("truncation", "'truncation' must be auto or disabled.");
  }
}

void read_reasoning(Fields& body, Chat& chat) {
  body.inside("reasoning", [&](Fields& reasoning) {
    read_openai_effort(reasoning, "effort", chat.reasoning_effort);
    for (std::string_view name : {"summary", "generate_summary", "context", "mode"}) reasoning.any(name);
  });
}

void read_text(Fields& body, Chat& chat) {
  body.inside("text", [&](Fields& text) {
    text.text("verbosity");
    text.inside("format", [&](Fields& format) {
      std::string type = format.required_text("type");
      if (type == "json_object") {
        chat.format.kind = AnswerFormat::Kind::json_object;
      } else if (type == "json_schema") {
        chat.format.kind = AnswerFormat::Kind::json_schema;
        read_openai_schema(format, chat.format);
      } else if (format.ok() && type != "text") {
        format.reject("type",
                      std::format("'{}' must be one of text, json_object and json_schema.", format.path_of("type")));
      }
    });
  });
}

void read_included(Fields& body, Chat& chat) {
  if (const Json::Array* list = body.array("include")) {
    for (const Json& item : *list) {
      auto* word = item.as<std::string>();
      if (!word) return body.reject("include", "'include' must hold strings.", "invalid_type");
      if (*word == "message.output_text.logprobs") chat.logprobs = true;
    }
  }
  chat.top_logprobs = static_cast<std::uint32_t>(body.integer("top_logprobs", 0, 20).value_or(0));
  if (chat.top_logprobs > 0) chat.logprobs = true;
}

// What a reply says of the request it answers, in the order of the reference; what was left out has its default.
std::vector<std::pair<std::string, std::string>> repeated(const Json& document, const std::string& tools) {
  std::vector<std::pair<std::string, std::string>> out;
  for (auto [name, fallback] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"instructions", "null"},
           {"max_output_tokens", "null"},
           {"max_tool_calls", "null"},
           {"metadata", "{}"},
           {"parallel_tool_calls", "true"},
           {"previous_response_id", "null"},
           {"prompt_cache_key", "null"},
           {"reasoning", R"({"effort":null,"summary":null})"},
           {"safety_identifier", "null"},
           {"temperature", "1.0"},
           {"text", R"({"format":{"type":"text"}})"},
           {"tool_choice", R"("auto")"},
           {"top_logprobs", "0"},
           {"top_p", "1.0"},
           {"user", "null"}}) {
    const Json* value = document.find(name);
    out.emplace_back(name, value && !value->is_null() ? to_json_text(*value) : std::string(fallback));
  }
  out.emplace_back("tools", tools);
  out.emplace_back("truncation", R"("disabled")");  // nothing is cut off here, whatever was asked for
  return out;
}

}  // namespace

Result<ResponsesRequest> decode_responses_request(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  ResponsesRequest request;
  Chat& chat = request.chat;
  chat.model = read_model_name(body);
  if (auto instructions = body.text("instructions"); instructions && !instructions->empty()) {
    chat.conversation.push_back(said(Role::system, *instructions));
    request.instructed = true;
  }
  request.previous = body.text("previous_response_id").value_or("");
  read_response_input(body, request);
  std::string tools = read_response_tooling(body, request);
  read_text(body, chat);
  read_reasoning(body, chat);
  read_included(body, chat);
  read_openai_sampling(body, chat.sampling);
  auto most = body.integer("max_output_tokens", 1, std::numeric_limits<std::uint32_t>::max());
  if (most) chat.max_tokens = static_cast<std::uint32_t>(*most);
  request.store = body.boolean("store");
  request.stream = body.boolean("stream").value_or(false);
  body.inside("stream_options", [](Fields& options) { options.boolean("include_obfuscation"); });
  chat.urgency = read_openai_urgency(body);
  chat.end_user = read_openai_end_user(body);
  refuse_what_is_not_here(body);
  body.accept(without_effect);
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  request.repeated = repeated(document, tools);
  return request;
}

}  // namespace entente::wire
