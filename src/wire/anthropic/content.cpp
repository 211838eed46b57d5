// Conversations of Anthropic's Messages dialect.
#include <format>
#include <set>

#include "base/encoding.hpp"
#include "wire/anthropic/parts.hpp"
#include "wire/json_writer.hpp"

namespace entente::wire {

namespace {

// Nothing here depends on them: hints for a cache, and marks of where a quotation may come from.
constexpr std::string_view hints[] = {"cache_control", "citations"};

class Reader {
 public:
  explicit Reader(Conversation& out) : out_(out) {}

  void read_system(Fields& body) {
    const Json* system = body.any("system");
    if (!system) return;
    Message message{.role = Role::system, .parts = {}, .name = {}};
    read_text_or_blocks(
        body, "system", *system, [&](Fields& block) { read_text_block(block, message.parts); },
        [&](const std::string& text) { message.parts.emplace_back(TextPart{text}); });
    if (!message.parts.empty()) out_.push_back(std::move(message));
  }

  void read_messages(Fields& body) {
    bool came = body.each("messages", [&](Fields& message) { read_message(message); });
    if (!came) return body.missing("messages");
    if (body.ok() && body.array("messages")->empty()) {
      body.reject("messages", "'messages' must hold at least one message.", "empty_array");
    }
  }

 private:
  template <class ReadBlock, class ReadText>
  static void read_text_or_blocks(Fields& fields, std::string_view name, const Json& content, ReadBlock block,
                                  ReadText text) {
    if (auto* plain = content.as<std::string>()) {
      text(*plain);
    } else if (content.as<Json::Array>()) {
      fields.each(name, block);
    } else {
      fields.reject(name,
                    std::format("'{}' must be a string or an array of blocks, but {} came.", fields.path_of(name),
                                content.kind()),
                    "invalid_type");
    }
  }

  void read_message(Fields& message) {
    std::string role = message.required_text("role");
    if (!message.ok()) return;
    if (role != "user" && role != "assistant" && role != "system") {
      return message.reject("role", std::format("'{}' must be user or assistant, but '{}' came.",
                                                message.path_of("role"), shortened(role)));
    }
    role_ = role == "user" ? Role::user : role == "assistant" ? Role::assistant : Role::system;
    const Json* content = message.any("content");
    if (!content) return message.missing("content");
    read_text_or_blocks(
        message, "content", *content, [&](Fields& block) { read_block(block); },
        [&](const std::string& text) { add(role_, TextPart{text}); });
  }

  void add(Role role, Part part) {
    if (out_.empty() || out_.back().role != role) out_.push_back({.role = role, .parts = {}, .name = {}});
    out_.back().parts.push_back(std::move(part));
  }

  void read_block(Fields& block) {
    std::string type = block.required_text("type");
    block.accept(hints);
    if (!block.ok()) return;
    if (type == "text") {
      add(role_, TextPart{block.required_text("text")});
    } else if (role_ == Role::user && type == "image") {
      read_image(block);
    } else if (role_ == Role::user && type == "document") {
      read_document(block);
    } else if (role_ == Role::user && type == "search_result") {
      read_search_result(block);
    } else if (role_ == Role::user && type == "tool_result") {
      read_result(block);
    } else if (role_ == Role::assistant && type == "tool_use") {
      read_call(block);
    } else if (role_ == Role::assistant && type == "thinking") {
      add(role_,
          ReasoningPart{.text = block.required_text("thinking"), .signature = block.text("signature").value_or("")});
    } else if (role_ == Role::assistant && type == "redacted_thinking") {
      add(role_, ReasoningPart{.text = {}, .signature = block.required_text("data"), .sealed = true});
    } else {
      block.reject("type",
                   std::format("'{}' is '{}', which cannot stand in a message of the {} here.", block.path_of("type"),
                               shortened(type), to_string(role_)),
                   "unsupported_value");
    }
  }

  static void read_text_block(Fields& block, std::vector<Part>& parts) {
    if (std::string type = block.required_text("type"); block.ok() && type != "text") {
      block.reject("type", std::format("'{}' must be 'text' here.", block.path_of("type")), "unsupported_value");
    }
    block.accept(hints);
    parts.emplace_back(TextPart{block.required_text("text")});
  }

  void read_image(Fields& block) {
    ImagePart image;
    bool came = block.inside("source", [&](Fields& source) {
      std::string type = source.required_text("type");
      if (type == "url") {
        image.url = source.required_text("url");
      } else if (type == "base64") {
        image.media_type = source.required_text("media_type");
        auto bytes = from_base64(source.required_text("data"));
        bool good = bytes && !bytes->empty() && image.media_type.starts_with("image/");
        if (good) image.bytes = std::move(*bytes);
        if (!good && source.ok()) {
          source.reject("data",
                        std::format("'{}' must be base64, and 'media_type' that of an image.", source.path_of("data")));
        }
      } else if (source.ok()) {
        source.reject("type",
                      std::format("'{}' must be base64 or url: nothing is stored here.", source.path_of("type")),
                      "unsupported_value");
      }
    });
    if (!came) block.missing("source");
    if (block.ok()) add(Role::user, std::move(image));
  }

  // Documents that are text are read as text; others need a model that reads their form.
  void read_document(Fields& block) {
    std::string title = block.text("title").value_or("");
    std::string text = block.text("context").value_or("");
    if (!text.empty()) text += "\n\n";
    bool came = block.inside("source", [&](Fields& source) {
      std::string type = source.required_text("type");
      if (type == "text") {
        source.text("media_type");
        text += source.required_text("data");
      } else if (type == "content") {
        const Json* content = source.any("content");
        if (!content) return source.missing("content");
        text += read_texts(source, "content", *content);
      } else if (source.ok()) {
        source.reject("type",
                      std::format("'{}' is '{}'. Only documents of text are read here; send the text.",
                                  source.path_of("type"), shortened(type)),
                      "unsupported_value");
      }
    });
    if (!came) block.missing("source");
    if (block.ok()) add(Role::user, TextPart{title.empty() ? std::move(text) : title + "\n\n" + text});
  }

  void read_search_result(Fields& block) {
    std::string head = block.required_text("title") + "\n" + block.required_text("source") + "\n\n";
    const Json* content = block.any("content");
    if (!content) return block.missing("content");
    std::string text = read_texts(block, "content", *content);
    if (block.ok()) add(Role::user, TextPart{head + text});
  }

  std::string read_texts(Fields& fields, std::string_view name, const Json& content) {
    std::vector<Part> parts;
    read_text_or_blocks(
        fields, name, content, [&](Fields& block) { read_text_block(block, parts); },
        [&](const std::string& text) { parts.emplace_back(TextPart{text}); });
    return text_of({.role = Role::user, .parts = std::move(parts), .name = {}});
  }

  void read_call(Fields& block) {
    ToolCall call{.id = block.required_text("id"), .name = block.required_text("name"), .arguments = {}};
    const Json* input = block.object("input");
    if (!input) return block.missing("input");
    call.arguments = to_json_text(*input);
    block.any("caller");  // "direct": what else there is belongs to tools that are refused
    calls_.insert(call.id);
    if (block.ok()) add(Role::assistant, std::move(call));
  }

  // The result's text is the tool's message; images in it are what the user shows beside it.
  void read_result(Fields& block) {
    ToolResult result{
        .call = block.required_text("tool_use_id"), .text = {}, .failed = block.boolean("is_error").value_or(false)};
    if (block.ok() && !calls_.contains(result.call)) {
      block.reject("tool_use_id",
                   std::format("'{}' names the call '{}', which no earlier message of the assistant made.",
                               block.path_of("tool_use_id"), shortened(result.call)));
    }
    Conversation inside;
    if (const Json* content = block.any("content")) {
      Reader reader(inside);
      reader.role_ = Role::user;
      read_text_or_blocks(
          block, "content", *content, [&](Fields& part) { reader.read_block(part); },
          [&](const std::string& text) { result.text = text; });
    }
    std::vector<Part> shown;
    for (Message& message : inside) {
      for (Part& part : message.parts) {
        auto* text = std::get_if<TextPart>(&part);
        if (!text) {
          shown.push_back(std::move(part));
          continue;
        }
        if (!result.text.empty()) result.text += "\n";
        result.text += text->text;
      }
    }
    if (!block.ok()) return;
    out_.push_back({.role = Role::tool, .parts = {}, .name = {}});
    out_.back().parts.emplace_back(std::move(result));
    for (Part& part : shown) add(Role::user, std::move(part));
  }

  Conversation& out_;
  Role role_ = Role::user;
  std::set<std::string> calls_;  // ids
};

}  // namespace

void read_anthropic_conversation(Fields& body, Conversation& conversation) {
  Reader reader(conversation);
  reader.read_system(body);
  reader.read_messages(body);
}

}  // namespace entente::wire
