// Anthropic's Messages dialect: request bytes to Chat, Events to response bytes.
//
// As in the other dialects every parameter's type and range is checked and the one at fault is named; what would change
// the answer and cannot be done here is refused by name; what has no effect (cache_control, context_management) is
// accepted; what nobody here knows is passed. Thoughts are shown only to clients that turned thinking on: others read
// content[0] as text. Reference: Anthropic API reference, "Messages", "Count tokens" and "Streaming messages". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"
#include "wire/gathered.hpp"

namespace entente::wire {

struct MessagesRequest {
  Chat chat;
  bool stream = false;
  bool thoughts = false;  // the client wants to see them
};

Result<MessagesRequest> decode_messages_request(std::string_view body);

// The body of count_tokens: the same without what only an answer needs.
Result<Chat> decode_count_tokens_request(std::string_view body);
std::string encode_token_count(std::int64_t tokens);

struct MessagesHead {
  std::string id;     // "msg_…"
  std::string model;  // the name the client asked for
  bool thoughts = false;
};

// message_start, then for each block content_block_start, its deltas and content_block_stop, then message_delta with
// the reason to stop and the usage, and message_stop.
class MessagesStream final : public StreamedAnswer {
 public:
  explicit MessagesStream(MessagesHead head) : head_(std::move(head)) {}
  void append(std::string& out, const Event& event) override;
  void end(std::string& out) override;
  void fail(std::string& out, const Error& error) override;
  std::string_view quiet() const override { return "event: ping\ndata: {\"type\":\"ping\"}\n\n"; }

 private:
  enum class Block { none, text, thought, call };
  void start(std::string& out, const Started& started);
  void open(std::string& out, Block block, const ToolCallDelta* call = nullptr);
  void close(std::string& out);
  void delta(std::string& out, std::string_view type, std::string_view member, std::string_view text);

  const MessagesHead head_;
  Block block_ = Block::none;
  std::int64_t index_ = -1;  // of the block
  std::uint32_t call_ = 0;   // the call whose block is open
  std::string signature_;    // of the thought whose block is open
  Finished finished_;
  Usage usage_;
};

class MessagesAnswer final : public WholeAnswer {
 public:
  explicit MessagesAnswer(MessagesHead head) : head_(std::move(head)), gathered_(1) {}
  void add(const Event& event) override { gathered_.add(event); }
  std::string body() const override;

 private:
  const MessagesHead head_;
  Gathered gathered_;
};

}  // namespace entente::wire
