// Answer half of OpenAI's Responses dialect.
#include "wire/json_writer.hpp"
#include "wire/openai/error.hpp"
#include "wire/openai/logprobs.hpp"
#include "wire/openai/responses.hpp"
#include "wire/sse.hpp"

namespace entente::wire {

namespace {

using Item = ResponseItems::Item;
using Kind = ResponseItems::Kind;

void write_text_part(JsonWriter& json, const Item& item, bool whole) {
  json.begin_object().key("type").string("output_text").key("text").string(whole ? item.text : "");
  json.key("annotations").begin_array().end_array().key("logprobs");
  write_token_choices(json, whole ? item.logprobs : std::vector<TokenChoice>{});
  json.end_object();
}

void write_thought_part(JsonWriter& json, std::string_view text) {
  json.begin_object().key("type").string("reasoning_text").key("text").string(text).end_object();
}

// `whole`: with what it holds, as it stands in the response; otherwise as it begins.
void write_item(JsonWriter& json, const ResponsesHead& head, const Item& item, bool whole, bool complete) {
  json.begin_object().key("id").string(item.id);
  std::string_view status = !whole ? "in_progress" : complete ? "completed" : "incomplete";
  switch (item.kind) {
    case Kind::message:
      json.key("type").string("message").key("status").string(status).key("role").string("assistant");
      json.key("content").begin_array();
      if (whole) write_text_part(json, item, true);
      json.end_array();
      break;
    case Kind::reasoning:
      json.key("type").string("reasoning").key("summary").begin_array().end_array();
      json.key("content").begin_array();
      if (whole) write_thought_part(json, item.text);
      json.end_array().key("encrypted_content").null().key("status").string(status);
      break;
    case Kind::function:
    case Kind::custom:
      json.key("type").string(item.kind == Kind::function ? "function_call" : "custom_tool_call");
      json.key("status").string(status).key("call_id").string(item.call.id).key("name");
      if (auto spaced = head.spaced.find(item.call.name); spaced != head.spaced.end()) {
        json.string(spaced->second.name).key("namespace").string(spaced->second.space);
      } else {
        json.string(item.call.name);
      }
      json.key(item.kind == Kind::function ? "arguments" : "input").string(whole ? item.text : "");
      break;
  }
  json.end_object();
}

void write_usage(JsonWriter& json, const Usage& usage) {
  json.begin_object().key("input_tokens").number(usage.prompt_tokens);
  json.key("input_tokens_details").begin_object().key("cached_tokens").number(usage.cached_tokens);
  json.key("cache_write_tokens").number(std::int64_t{0}).end_object();
  json.key("output_tokens").number(usage.completion_tokens);
  json.key("output_tokens_details").begin_object().key("reasoning_tokens").number(usage.reasoning_tokens).end_object();
  json.key("total_tokens").number(usage.total_tokens()).end_object();
}

enum class Status { in_progress, ended, failed };

bool cut(FinishReason reason) { return reason == FinishReason::length || reason == FinishReason::content_filter; }

void write_response(JsonWriter& json, const ResponsesHead& head, const ResponseItems& items, Status status,
                    const Error* error = nullptr) {
  bool incomplete = status == Status::ended && cut(items.finish());
  json.begin_object().key("id").string(head.id).key("object").string("response");
  json.key("created_at").number(head.created).key("status");
  json.string(status == Status::in_progress ? "in_progress"
              : status == Status::failed    ? "failed"
              : incomplete                  ? "incomplete"
                                            : "completed");
  json.key("background").boolean(false).key("error");
  if (error) {
    json.begin_object().key("code").string(openai_code(*error)).key("message").string(error->message).end_object();
  } else {
    json.null();
  }
  json.key("incomplete_details");
  if (incomplete) {
    bool length = items.finish() == FinishReason::length;
    json.begin_object().key("reason").string(length ? "max_output_tokens" : "content_filter").end_object();
  } else {
    json.null();
  }
  json.key("model").string(head.model).key("output").begin_array();
  if (status != Status::in_progress) {
    for (std::size_t i = 0; i < items.items().size(); ++i) {
      // Only the last one can have been cut.
      bool last = i + 1 == items.items().size();
      write_item(json, head, items.items()[i], true, !last || (status == Status::ended && !incomplete));
    }
  }
  json.end_array().key("service_tier").string("default").key("store").boolean(head.store);
  if (head.store) json.key("expires_at").number(head.expires);
  for (const auto& [name, value] : head.repeated) json.key(name).raw(value);
  json.key("usage");
  status == Status::ended ? write_usage(json, items.usage()) : void(json.null());
  json.end_object();
}

std::string whole_response(const ResponsesHead& head, const ResponseItems& items) {
  std::string out;
  JsonWriter json(out);
  write_response(json, head, items, Status::ended);
  return out;
}

void write_place(JsonWriter& json, const std::vector<Item>& items, std::size_t index) {
  json.key("item_id").string(items[index].id).key("output_index").number(static_cast<std::int64_t>(index));
}

std::string_view delta_event(Kind kind) {
  switch (kind) {
    case Kind::message: return "response.output_text.delta";
    case Kind::reasoning: return "response.reasoning_text.delta";
    case Kind::function: return "response.function_call_arguments.delta";
    case Kind::custom: return "response.custom_tool_call_input.delta";
  }
  return "";
}

}  // namespace

template <class Write>
void ResponsesStream::event(std::string& out, std::string_view type, Write write) {
  append_sse(out, type, [&](std::string& line) {
    JsonWriter json(line);
    json.begin_object().key("type").string(type).key("sequence_number").number(sequence_++);
    write(json);
    json.end_object();
  });
}

void ResponsesStream::opened(std::string& out) {
  std::size_t index = items_.items().size() - 1;
  const Item& item = items_.items()[index];
  event(out, "response.output_item.added", [&](JsonWriter& json) {
    json.key("output_index").number(static_cast<std::int64_t>(index)).key("item");
    write_item(json, head_, item, false, false);
  });
  if (item.kind != Kind::message && item.kind != Kind::reasoning) return;
  event(out, "response.content_part.added", [&](JsonWriter& json) {
    write_place(json, items_.items(), index);
    json.key("content_index").number(std::int64_t{0}).key("part");
    item.kind == Kind::message ? write_text_part(json, item, false) : write_thought_part(json, "");
  });
}

void ResponsesStream::closed(std::string& out, std::size_t index) {
  const Item& item = items_.items()[index];
  bool last = index + 1 == items_.items().size();
  bool complete = !last || !cut(items_.finish());
  if (item.kind == Kind::function) {
    event(out, "response.function_call_arguments.done", [&](JsonWriter& json) {
      write_place(json, items_.items(), index);
      auto spaced = head_.spaced.find(item.call.name);
      json.key("name").string(spaced == head_.spaced.end() ? item.call.name : spaced->second.name);
      json.key("arguments").string(item.text);
    });
  } else if (item.kind == Kind::custom) {
    // The text stands inside JSON that the model wrote: it is told when it is whole.
    event(out, delta_event(item.kind), [&](JsonWriter& json) {
      write_place(json, items_.items(), index);
      json.key("delta").string(item.text);
    });
    event(out, "response.custom_tool_call_input.done", [&](JsonWriter& json) {
      write_place(json, items_.items(), index);
      json.key("input").string(item.text);
    });
  } else {
    bool text = item.kind == Kind::message;
    event(out, text ? "response.output_text.done" : "response.reasoning_text.done", [&](JsonWriter& json) {
      write_place(json, items_.items(), index);
      json.key("content_index").number(std::int64_t{0}).key("text").string(item.text);
      if (!text) return;
      json.key("logprobs");
      write_token_choices(json, item.logprobs);
    });
    event(out, "response.content_part.done", [&](JsonWriter& json) {
      write_place(json, items_.items(), index);
      json.key("content_index").number(std::int64_t{0}).key("part");
      text ? write_text_part(json, item, true) : write_thought_part(json, item.text);
    });
  }
  event(out, "response.output_item.done", [&](JsonWriter& json) {
    json.key("output_index").number(static_cast<std::int64_t>(index)).key("item");
    write_item(json, head_, item, true, complete);
  });
}

void ResponsesStream::append(std::string& out, const Event& happened) {
  if (std::holds_alternative<Started>(happened)) {
    started_ = true;
    for (std::string_view type : {"response.created", "response.in_progress"}) {
      event(out, type, [&](JsonWriter& json) {
        json.key("response");
        write_response(json, head_, items_, Status::in_progress);
      });
    }
    return;
  }
  std::size_t before = items_.items().size();
  ResponseItems::Change change = items_.add(happened);
  if (change.closed) closed(out, before - 1);
  if (change.opened) opened(out);
  if (change.text.empty() && (!change.logprobs || change.logprobs->empty())) return;
  std::size_t index = items_.items().size() - 1;
  Kind kind = items_.items()[index].kind;
  if (kind == Kind::custom) return;
  event(out, delta_event(kind), [&](JsonWriter& json) {
    write_place(json, items_.items(), index);
    if (kind != Kind::function) json.key("content_index").number(std::int64_t{0});
    json.key("delta").string(change.text);
    if (kind != Kind::message) return;
    json.key("logprobs");
    write_token_choices(json, *change.logprobs);
  });
}

void ResponsesStream::end(std::string& out) {
  event(out, cut(items_.finish()) ? "response.incomplete" : "response.completed", [&](JsonWriter& json) {
    json.key("response");
    write_response(json, head_, items_, Status::ended);
  });
}

void ResponsesStream::fail(std::string& out, const Error& error) {
  if (!started_) append(out, Started{});
  event(out, "response.failed", [&](JsonWriter& json) {
    json.key("response");
    write_response(json, head_, items_, Status::failed, &error);
  });
}

std::string ResponsesStream::body() const { return whole_response(head_, items_); }
std::string ResponsesAnswer::body() const { return whole_response(head_, items_); }

std::string encode_input_items(const std::vector<InputItem>& items, bool more) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("object").string("list").key("data").begin_array();
  for (const InputItem& item : items) json.raw(item.json);
  json.end_array().key("first_id");
  items.empty() ? json.null() : json.string(items.front().id);
  json.key("last_id");
  items.empty() ? json.null() : json.string(items.back().id);
  json.key("has_more").boolean(more).end_object();
  return out;
}

std::string encode_response_deleted(std::string_view id) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("id").string(id).key("object").string("response").key("deleted").boolean(true).end_object();
  return out;
}

std::string encode_input_tokens(std::int64_t tokens) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("object").string("response.input_tokens").key("input_tokens").number(tokens).end_object();
  return out;
}

}  // namespace entente::wire
