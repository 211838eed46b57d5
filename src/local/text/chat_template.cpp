#include "local/text/chat_template.hpp"

#include <format>
#include <map>
#include <mutex>

#include <minja/chat-template.hpp>

#include "local/text/template_form.hpp"

namespace entente::local {

namespace {

using Json = nlohmann::ordered_json;

Json json_or_text(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? Json(text) : parsed;
}

Json json_of(const Tool& tool) {
  Json function{{"name", tool.name}, {"description", tool.description}};
  Json none{{"type", "object"}, {"properties", Json::object()}};
  function["parameters"] = tool.parameters.empty() ? none : json_or_text(tool.parameters);
  return {{"type", "function"}, {"function", std::move(function)}};
}

// Some templates want nine letters and digits, whatever the client's ids are.
std::string short_of(const std::string& id) {
  bool fits = id.size() == id_length && id.find_first_not_of(id_letters) == std::string::npos;
  if (fits) return id;
  std::size_t hash = std::hash<std::string>()(id);
  std::string out;
  for (; out.size() < id_length; hash /= id_letters.size()) out += id_letters[hash % id_letters.size()];
  return out;
}

// What models of the Hermes family were trained on, and others understand.
std::string tools_as_text(const Tooling& tooling) {
  std::string out =
      "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with "
      "function signatures within <tools></tools> XML tags:\n<tools>";
  for (const Tool& tool : tooling.tools) out += "\n" + json_of(tool).dump();
  return out +
         "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
         "<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": "
         "<args-json-object>}\n</tool_call>";
}

// Messages as a template takes them.
class Writer {
 public:
  Writer(const Conversation& conversation, const AnswerForm& form) : form_(form) {
    for (const Message& message : conversation) {
      for (const Part& part : message.parts) {
        if (auto* call = std::get_if<ToolCall>(&part)) names_[call->id] = call->name;
      }
    }
    for (const Message& message : conversation) write(message);
  }

  void add_to_system(const std::string& text) {
    if (!out_.empty() && out_[0]["role"] == "system") {
      out_[0]["content"] = out_[0]["content"].get<std::string>() + "\n\n" + text;
    } else {
      out_.insert(out_.begin(), Json{{"role", "system"}, {"content", text}});
    }
  }

  Json take() { return std::move(out_); }

 private:
  void write(const Message& message) {
    // "developer" is OpenAI's newer word for "system"; models were trained on the older one.
    Role role = message.role == Role::developer ? Role::system : message.role;
    Json json{{"role", std::string(to_string(role))}, {"content", text_of(message)}};
    if (!message.name.empty()) json["name"] = message.name;
    bool results = false;
    std::vector<ToolCall> calls;
    for (const Part& part : message.parts) {
      if (auto* result = std::get_if<ToolResult>(&part)) {
        write(*result);
        results = true;
      } else if (auto* thought = std::get_if<ReasoningPart>(&part)) {
        json["reasoning_content"] = thought->text;
      } else if (auto* call = std::get_if<ToolCall>(&part)) {
        calls.push_back(*call);
      }
    }
    if (!calls.empty()) write(calls, json);
    if (!results || json["content"] != "") out_.push_back(std::move(json));
  }

  void write(const std::vector<ToolCall>& calls, Json& message) {
    if (!form_.own_calls) {
      auto text = message["content"].get<std::string>();
      message["content"] = text + (text.empty() ? "" : "\n") + written(form_, calls);
      return;
    }
    for (const ToolCall& call : calls) {
      Json arguments = form_.text_arguments ? Json(call.arguments) : json_or_text(call.arguments);
      message["tool_calls"].push_back({{"id", form_.short_ids ? short_of(call.id) : call.id},
                                       {"type", "function"},
                                       {"function", {{"name", call.name}, {"arguments", std::move(arguments)}}}});
    }
    // OpenAI's open models have their thoughts before a call under this name, and either these or text.
    if (message.contains("reasoning_content") && message["content"] == "")
      message["thinking"] = message["reasoning_content"];
  }

  void write(const ToolResult& result) {
    if (form_.own_tools) {
      out_.push_back({{"role", "tool"},
                      {"tool_call_id", form_.short_ids ? short_of(result.call) : result.call},
                      {"name", names_[result.call]},
                      {"content", result.text}});
      return;
    }
    std::string text = "<tool_response>\n" + result.text + "\n</tool_response>";
    bool goes_on = !out_.empty() && out_.back().contains("results");
    if (goes_on) {
      out_.back()["content"] = out_.back()["content"].get<std::string>() + "\n" + text;
    } else {
      out_.push_back({{"role", "user"}, {"content", text}, {"results", true}});
    }
  }

  const AnswerForm& form_;
  std::map<std::string, std::string> names_;  // of tools, by the id of a call
  Json out_ = Json::array();
};

std::string rendered(const minja::chat_template& minja, const AnswerForm& form, const Conversation& conversation,
                     const Tooling& tooling, std::optional<ReasoningEffort> effort, bool answer_follows) {
  Writer writer(conversation, form);
  minja::chat_template_inputs inputs;
  if (tooling.may_call() && form.own_tools) {
    inputs.tools = Json::array();
    for (const Tool& tool : tooling.tools) inputs.tools.push_back(json_of(tool));
  } else if (tooling.may_call()) {
    writer.add_to_system(tools_as_text(tooling));
  }
  inputs.messages = writer.take();
  inputs.add_generation_prompt = answer_follows;
  if (effort) {
    inputs.extra_context = {{"enable_thinking", *effort != ReasoningEffort::none},
                            {"reasoning_effort", std::string(to_string(*effort))}};
  }
  minja::chat_template_options options;  // what a template does not know of tools is written here, in the model's form
  options.polyfill_tools = options.polyfill_tool_calls = options.polyfill_tool_responses = false;
  options.polyfill_object_arguments = false;
  return minja.apply(inputs, options);
}

AnswerForm learn_form(const std::string& source, std::span<const std::string> ends, const minja::chat_template& minja) {
  return form_of_template(source, ends,
                          [&minja](const AnswerForm& form, const Conversation& conversation, const Tooling& tools,
                                   bool answer_follows) -> std::optional<std::string> {
                            try {
                              return rendered(minja, form, conversation, tools, {}, answer_follows);
                            } catch (const std::exception&) {
                              return std::nullopt;
                            }
                          });
}

}  // namespace

struct ChatTemplate::Parsed {
  minja::chat_template minja;
  AnswerForm form;
  mutable std::mutex mutex;

  Parsed(const std::string& source, const std::string& bos, const std::string& eos, std::span<const std::string> ends)
      : minja(source, bos, eos), form(learn_form(source, ends, minja)) {}
};

ChatTemplate::ChatTemplate(std::unique_ptr<Parsed> parsed) : parsed_(std::move(parsed)) {}
ChatTemplate::~ChatTemplate() = default;
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;

Result<ChatTemplate> ChatTemplate::parse(const std::string& source, const std::string& bos, const std::string& eos,
                                         std::span<const std::string> ends) {
  try {
    return ChatTemplate(std::make_unique<Parsed>(source, bos, eos, ends));
  } catch (const std::exception& failure) {
    return fail({.code = ErrorCode::unsupported,
                 .message = "The model's chat template cannot be read, so it cannot chat.",
                 .details = failure.what()});
  }
}

const AnswerForm& ChatTemplate::form() const { return parsed_->form; }

bool ChatTemplate::began_thought(std::string_view rendered) const {
  const std::string& mark = parsed_->form.thought_begin;
  std::size_t end = rendered.find_last_not_of(" \t\r\n");
  return !mark.empty() && end != std::string_view::npos && rendered.substr(0, end + 1).ends_with(mark);
}

Result<std::string> ChatTemplate::render(const Conversation& conversation, const Tooling& tooling,
                                         std::optional<ReasoningEffort> effort) const {
  try {
    std::lock_guard lock(parsed_->mutex);
    return rendered(parsed_->minja, parsed_->form, conversation, tooling, effort, true);
  } catch (const std::exception& failure) {
    // The first line is what the template's author wrote for the person; the rest is a place in the template.
    std::string_view told = failure.what();
    return fail({.code = ErrorCode::invalid_request,
                 .message = std::format("The model's chat template refuses these messages: {}",
                                        told.substr(0, told.find('\n')).substr(0, 300)),
                 .param = "messages",
                 .details = {}});
  }
}

}  // namespace entente::local
