// Request half of Ollama's dialect.
#include <algorithm>
#include <format>
#include <limits>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"
#include "wire/names.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/ollama/models.hpp"
#include "wire/openai/parts.hpp"
#include "wire/openai/text_or_tokens.hpp"

namespace entente::wire {

namespace {

// How long a model stays, and what it is computed with, is the server's own business here.
constexpr std::string_view without_effect[] = {"keep_alive", "truncate", "template",
                                               "context",    "shift",    "_debug_render_only"};
constexpr std::string_view options_without_effect[] = {"num_ctx",
                                                       "num_batch",
                                                       "num_gpu",
                                                       "main_gpu",
                                                       "num_thread",
                                                       "num_keep",
                                                       "low_vram",
                                                       "use_mmap",
                                                       "use_mlock",
                                                       "numa",
                                                       "f16_kv",
                                                       "logits_all",
                                                       "vocab_only",
                                                       "tfs_z",
                                                       "typical_p",
                                                       "mirostat",
                                                       "mirostat_tau",
                                                       "mirostat_eta",
                                                       "penalize_newline",
                                                       "repeat_last_n",
                                                       "embedding_only",
                                                       "rope_frequency_base",
                                                       "rope_frequency_scale",
                                                       "draft_num_predict"};

// Of Ollama's models that draw.
constexpr std::string_view of_pictures[] = {"width", "height", "steps"};

std::string read_model(Fields& body) {
  std::string older = body.text("name").value_or("");
  return older.empty() ? read_model_name(body) : read_model_name(body, older);
}

struct Options {
  Sampling sampling;
  std::vector<std::string> stop;
  std::optional<std::uint32_t> most;
};

Options read_options(Fields& body) {
  Options out;
  body.inside("options", [&](Fields& options) {
    read_openai_sampling(options, out.sampling);
    read_openai_stop(options, out.stop);
    // -1: without end, -2: as much as the context holds; both are what no limit means here.
    auto most = options.integer("num_predict", -2, std::numeric_limits<std::int32_t>::max());
    if (most && *most > 0) out.most = static_cast<std::uint32_t>(*most);
    options.accept(options_without_effect);
  });
  return out;
}

void read_think(Fields& body, Chat& chat) {
  const Json* think = body.any("think");
  if (!think) return;
  if (auto* on = think->as<bool>()) {
    if (!*on) chat.reasoning_effort = ReasoningEffort::none;
  } else {
    read_openai_effort(body, "think", chat.reasoning_effort);
  }
}

void read_format(Fields& body, AnswerFormat& format) {
  const Json* value = body.any("format");
  if (!value) return;
  if (auto* word = value->as<std::string>()) {
    if (*word == "json") format.kind = AnswerFormat::Kind::json_object;
    if (!word->empty() && *word != "json") body.reject("format", "'format' must be 'json' or a JSON schema.");
  } else if (value->as<Json::Object>()) {
    format = {
        .kind = AnswerFormat::Kind::json_schema, .name = "answer", .schema = to_json_text(*value), .strict = true};
  } else {
    body.reject("format", std::format("'format' must be 'json' or a JSON schema, but {} came.", value->kind()),
                "invalid_type");
  }
}

void read_images(Fields& fields, std::vector<Part>& parts) {
  const Json::Array* images = fields.array("images");
  if (!images) return;
  for (const Json& image : *images) {
    auto* text = image.as<std::string>();
    auto bytes = text ? from_base64(*text) : std::nullopt;
    if (!bytes || bytes->empty()) {
      return fields.reject("images", std::format("'{}' must hold images in base64.", fields.path_of("images")));
    }
    std::string_view type = bytes->starts_with("\x89PNG") ? "image/png" : "image/jpeg";
    parts.emplace_back(ImagePart{.url = {}, .media_type = std::string(type), .bytes = std::move(*bytes), .detail = {}});
  }
}

// Calls have no ids in this dialect: a result answers the oldest call without one, of its tool where that is named.
class Reader {
 public:
  explicit Reader(Conversation& out) : out_(out) {}

  void read(Fields& fields) {
    std::string word = fields.required_text("role");
    Message message;
    bool known = false;
    for (Role role : {Role::system, Role::user, Role::assistant, Role::tool}) {
      if (to_string(role) != word) continue;
      message.role = role;
      known = true;
    }
    if (fields.ok() && !known) {
      return fields.reject("role", std::format("'{}' must be one of system, user, assistant and tool, but '{}' came.",
                                               fields.path_of("role"), shortened(word)));
    }
    std::string thought = fields.text("thinking").value_or("");
    std::string text = fields.text("content").value_or("");
    if (message.role == Role::tool) {
      read_result(fields, std::move(text), message);
    } else {
      fields.any("tool_name");
      if (!thought.empty()) message.parts.emplace_back(ReasoningPart{.text = std::move(thought), .signature = {}});
      if (!text.empty() || message.role != Role::assistant) message.parts.emplace_back(TextPart{std::move(text)});
      read_images(fields, message.parts);
      fields.each("tool_calls", [&](Fields& call) { read_call(call, message.parts); });
    }
    fields.any("tool_call_id");
    out_.push_back(std::move(message));
  }

 private:
  void read_call(Fields& call, std::vector<Part>& parts) {
    call.any("id");
    call.any("type");
    ToolCall out{.id = std::format("call_{}", ++calls_), .name = {}, .arguments = "{}"};
    bool came = call.inside("function", [&](Fields& function) {
      function.any("index");
      function.any("description");
      out.name = function.required_text("name");
      if (const Json* arguments = function.object("arguments")) out.arguments = to_json_text(*arguments);
    });
    if (!came) return call.missing("function");
    open_.push_back(out);
    parts.emplace_back(std::move(out));
  }

  void read_result(Fields& fields, std::string text, Message& message) {
    std::string tool = fields.text("tool_name").value_or("");
    std::string also = fields.text("name").value_or("");
    if (tool.empty()) tool = also;
    auto call = std::ranges::find_if(open_, [&](const ToolCall& one) { return tool.empty() || one.name == tool; });
    if (call == open_.end()) {
      if (!fields.ok()) return;
      return fields.reject(
          "role", std::format("'{}' is 'tool', but no earlier message calls that tool.", fields.path_of("role")));
    }
    message.parts.emplace_back(ToolResult{.call = call->id, .text = std::move(text)});
    open_.erase(call);
  }

  Conversation& out_;
  std::vector<ToolCall> open_;  // without a result
  int calls_ = 0;
};

void read_logprobs(Fields& body, Chat& chat) {
  chat.logprobs = body.boolean("logprobs").value_or(false);
  auto top = body.integer("top_logprobs", 0, 20);
  if (chat.logprobs) chat.top_logprobs = static_cast<std::uint32_t>(top.value_or(0));
}

void take(Chat& chat, Options options) {
  chat.sampling = std::move(options.sampling);
  chat.stop = std::move(options.stop);
  chat.max_tokens = options.most;
}

Result<Embed> decode_embed(std::string_view text, std::string_view member) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  Embed work;
  work.model = read_model(body);
  work.inputs = read_texts_or_tokens(body, member, 2048);
  if (auto dimensions = body.integer("dimensions", 0, 1'000'000); dimensions && *dimensions > 0) {
    work.dimensions = static_cast<std::uint32_t>(*dimensions);
  }
  (void)read_options(body);
  body.accept(without_effect);
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  return work;
}

}  // namespace

Result<OllamaRequest> decode_ollama_chat(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  OllamaRequest request;
  Chat chat;
  chat.model = read_model(body);
  Reader reader(chat.conversation);
  body.each("messages", [&](Fields& message) { reader.read(message); });
  request.stream = body.boolean("stream").value_or(true);
  request.only_load = chat.conversation.empty();
  read_openai_tooling(body, chat.tooling);
  read_format(body, chat.format);
  read_think(body, chat);
  take(chat, read_options(body));
  read_logprobs(body, chat);
  body.accept(without_effect);
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  request.work = std::move(chat);
  return request;
}

Result<OllamaRequest> decode_ollama_generate(std::string_view text) {
  TRY_ASSIGN(Json document, parse_json(text));
  Fields body(document, "");
  OllamaRequest request;
  std::string model = read_model(body);
  std::string prompt = body.text("prompt").value_or("");
  std::string suffix = body.text("suffix").value_or("");
  std::string system = body.text("system").value_or("");
  bool raw = body.boolean("raw").value_or(false);
  request.stream = body.boolean("stream").value_or(true);
  Chat chat{.model = model, .conversation = {}, .tooling = {}, .format = {}, .sampling = {}, .stop = {}};
  if (!system.empty()) chat.conversation.push_back(said(Role::system, std::move(system)));
  Message asked = said(Role::user, prompt);
  read_images(body, asked.parts);
  request.only_load = prompt.empty() && asked.parts.size() == 1;
  chat.conversation.push_back(std::move(asked));
  read_format(body, chat.format);
  read_think(body, chat);
  read_logprobs(body, chat);
  Options options = read_options(body);
  body.refuse(of_pictures, "Pictures are made at POST /v1/images/generations.");
  body.accept(without_effect);
  body.nothing_else();
  if (!body.ok()) return fail(body.error());
  if (raw || !suffix.empty()) {
    request.work = Complete{.model = std::move(model),
                            .prompts = {std::move(prompt)},
                            .suffix = std::move(suffix),
                            .sampling = std::move(options.sampling),
                            .max_tokens = options.most.value_or(std::numeric_limits<std::uint32_t>::max()),
                            .stop = std::move(options.stop)};
    if (chat.logprobs) std::get<Complete>(request.work).logprobs = chat.top_logprobs;
  } else {
    take(chat, std::move(options));
    request.work = std::move(chat);
  }
  return request;
}

Result<Embed> decode_ollama_embed(std::string_view body) { return decode_embed(body, "input"); }
Result<Embed> decode_ollama_embeddings(std::string_view body) { return decode_embed(body, "prompt"); }

}  // namespace entente::wire
