// The items of a response, from the events of its answer.
#include <format>

#include "wire/json.hpp"
#include "wire/openai/responses.hpp"
#include "wire/openai/responses_parts.hpp"

namespace entente::wire {

namespace {

std::string_view prefix_of(ResponseItems::Kind kind) {
  switch (kind) {
    case ResponseItems::Kind::reasoning: return "rs";
    case ResponseItems::Kind::message: return "msg";
    case ResponseItems::Kind::function: return "fc";
    case ResponseItems::Kind::custom: return "ctc";
  }
  return "item";
}

// What the model wrote as {"input":"…"}; a call that was cut has half of it, which is no JSON.
std::string text_of_custom_call(const std::string& arguments) {
  auto parsed = parse_json(arguments);
  const Json* input = parsed ? parsed->find(custom_input) : nullptr;
  auto* text = input ? input->as<std::string>() : nullptr;
  return text ? *text : arguments;
}

}  // namespace

bool ResponseItems::close() {
  if (items_.empty() || items_.back().done) return false;
  Item& item = items_.back();
  item.done = true;
  if (item.kind == Kind::custom) item.text = text_of_custom_call(item.text);
  return true;
}

ResponseItems::Change ResponseItems::open(Kind kind, std::string_view text, const std::vector<TokenChoice>* logprobs) {
  Change change{.closed = close(), .opened = true, .text = text, .logprobs = logprobs};
  // Made from the id of the response, so that a codec needs no chance.
  std::string id = std::format("{}_{}_{}", prefix_of(kind), head_.id.substr(head_.id.find('_') + 1), items_.size());
  items_.push_back({.kind = kind, .id = std::move(id), .text = {}, .call = {}, .logprobs = {}});
  return change;
}

ResponseItems::Change ResponseItems::add(const Event& event) {
  auto say = [&](Kind kind, std::string_view text, const std::vector<TokenChoice>* logprobs) {
    bool goes_on = !items_.empty() && !items_.back().done && items_.back().kind == kind;
    Change change = goes_on ? Change{.text = text, .logprobs = logprobs} : open(kind, text, logprobs);
    Item& item = items_.back();
    item.text += text;
    if (logprobs) item.logprobs.insert(item.logprobs.end(), logprobs->begin(), logprobs->end());
    return change;
  };
  if (auto* text = std::get_if<TextDelta>(&event)) {
    if (text->text.empty() && text->logprobs.empty()) return {};
    return say(Kind::message, text->text, &text->logprobs);
  }
  if (auto* thought = std::get_if<ReasoningDelta>(&event)) {
    return thought->text.empty() ? Change{} : say(Kind::reasoning, thought->text, nullptr);
  }
  if (auto* call = std::get_if<ToolCallDelta>(&event)) {
    if (!call->name.empty()) {
      Change change = open(head_.custom.contains(call->name) ? Kind::custom : Kind::function, call->arguments, nullptr);
      items_.back().call = {.id = call->id, .name = call->name, .arguments = {}, .signature = call->signature};
      items_.back().text = call->arguments;
      return change;
    }
    if (items_.empty() || items_.back().done) return {};
    items_.back().text += call->arguments;
    return {.text = call->arguments};
  }
  if (auto* finished = std::get_if<Finished>(&event)) {
    finish_ = finished->reason;
    return {.closed = close()};
  }
  if (auto* usage = std::get_if<Usage>(&event)) usage_ = *usage;
  return {};
}

Conversation ResponseItems::conversation() const {
  Message message{.role = Role::assistant, .parts = {}, .name = {}};
  for (const Item& item : items_) {
    if (item.kind == Kind::message) {
      message.parts.emplace_back(TextPart{item.text});
    } else if (item.kind == Kind::reasoning) {
      message.parts.emplace_back(ReasoningPart{.text = item.text, .signature = {}});
    } else {
      ToolCall call = item.call;
      call.arguments = item.text;
      message.parts.emplace_back(std::move(call));
    }
  }
  if (message.parts.empty()) return {};
  return {std::move(message)};
}

}  // namespace entente::wire
