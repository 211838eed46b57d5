// OpenAI's Responses dialect: request bytes to Chat, Events to response bytes.
//
// A response is a list of items (thoughts, a message, calls of tools), which a stream tells of one by one. Functions
// and custom tools are read, also those of a namespace: models know such a tool by one name made of both, clients get
// the two back. Tools that a maker's own servers would run are refused, but for a search of the web or of tools, which
// are left out and so missing in the "tools" of the reply. Reference: OpenAI API reference, "Responses" and "Streaming
// events". Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::wire {

// A tool of a namespace as its client knows it.
struct SpacedName {
  std::string space, name;
};
using SpacedNames = std::map<std::string, SpacedName, std::less<>>;  // by the name that models know

// One of a request's input, as it is shown again.
struct InputItem {
  std::string id;  // the client's, or "item_3"
  std::string json;
};

struct ResponsesRequest {
  Chat chat;
  bool stream = false;
  bool instructed = false;  // the first message is the instructions, which are this request's alone
  std::optional<bool> store;
  std::string previous;  // previous_response_id
  std::vector<InputItem> input;
  std::set<std::string> custom;                               // names of tools whose input is a text
  SpacedNames spaced;                                         // those of namespaces
  std::vector<std::pair<std::string, std::string>> repeated;  // members of the reply: names and JSON
};

Result<ResponsesRequest> decode_responses_request(std::string_view body);

// Outputs of tools must answer a call that stands before them.
Result<> check_response_outputs(const Conversation& conversation);

struct ResponsesHead {
  std::string id;            // "resp_…"
  std::int64_t created = 0;  // seconds since 1970
  std::string model;         // the name the client asked for
  bool store = false;
  std::int64_t expires = 0;  // seconds since 1970; where it is stored
  std::set<std::string> custom;
  SpacedNames spaced;
  std::vector<std::pair<std::string, std::string>> repeated;
};

// The items of a response, put together from its events.
class ResponseItems {
 public:
  enum class Kind { reasoning, message, function, custom };
  struct Item {
    Kind kind;
    std::string id;    // "msg_…", "rs_…", "fc_…", "ctc_…"
    std::string text;  // of a thought or a message; the arguments of a call
    ToolCall call;     // its id and name, as the model knows it
    std::vector<TokenChoice> logprobs;
    bool done = false;
  };

  // What an event did, so that a stream can tell of it: an item that was closed, one that was opened, a text for the
  // last one.
  struct Change {
    bool closed = false, opened = false;
    std::string_view text;
    const std::vector<TokenChoice>* logprobs = nullptr;
  };

  explicit ResponseItems(const ResponsesHead& head) : head_(head) {}
  Change add(const Event& event);

  const std::vector<Item>& items() const { return items_; }
  FinishReason finish() const { return finish_; }
  const Usage& usage() const { return usage_; }
  Conversation conversation() const;  // what the assistant said, for the next question

 private:
  Change open(Kind kind, std::string_view text, const std::vector<TokenChoice>* logprobs);
  bool close();

  const ResponsesHead& head_;
  std::vector<Item> items_;
  FinishReason finish_ = FinishReason::stop;
  Usage usage_;
};

// Every event carries a sequence_number. response.created, response.in_progress; for each item output_item.added, its
// parts, deltas and their ends, output_item.done; then response.completed, .incomplete or .failed.
class ResponsesStream final : public StreamedAnswer {
 public:
  explicit ResponsesStream(ResponsesHead head) : head_(std::move(head)), items_(head_) {}
  ResponsesStream(const ResponsesStream&) = delete;
  ResponsesStream& operator=(const ResponsesStream&) = delete;
  void append(std::string& out, const Event& event) override;
  void end(std::string& out) override;
  void fail(std::string& out, const Error& error) override;

  std::string body() const;  // of the whole response, when it has ended
  const ResponseItems& items() const { return items_; }

 private:
  template <class Write>
  void event(std::string& out, std::string_view type, Write write);
  void opened(std::string& out);
  void closed(std::string& out, std::size_t index);

  const ResponsesHead head_;
  ResponseItems items_;
  std::int64_t sequence_ = 0;
  bool started_ = false;
};

class ResponsesAnswer final : public WholeAnswer {
 public:
  explicit ResponsesAnswer(ResponsesHead head) : head_(std::move(head)), items_(head_) {}
  ResponsesAnswer(const ResponsesAnswer&) = delete;
  ResponsesAnswer& operator=(const ResponsesAnswer&) = delete;
  void add(const Event& event) override { items_.add(event); }
  std::string body() const override;
  const ResponseItems& items() const { return items_; }

 private:
  const ResponsesHead head_;
  ResponseItems items_;
};

std::string encode_input_items(const std::vector<InputItem>& items, bool more);  // a page
std::string encode_response_deleted(std::string_view id);
std::string encode_input_tokens(std::int64_t tokens);

}  // namespace entente::wire
