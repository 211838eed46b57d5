#include "wire/reply.hpp"

#include <algorithm>
#include <array>
#include <format>

#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace entente::wire {

namespace {
std::unexpected<Error> bad(std::string message) {
  return fail({.code = ErrorCode::upstream_failed, .message = std::move(message), .reason = "bad_reply"});
}

// For makers that give their calls no ids: no two alike in a conversation.
std::string made_up_id() {
  std::array<std::uint8_t, 12> bytes;
  random_bytes(bytes);
  return "call_" + to_hex(bytes);
}

}  // namespace

Result<ReplyAssembly::Choice*> ReplyAssembly::at(std::int64_t choice) {
  if (choice < 0 || choice >= static_cast<std::int64_t>(choices_.size()))
    return bad(std::format("The provider answered with choice {} of {}.", choice, choices_.size()));
  Choice& found = choices_[static_cast<std::size_t>(choice)];
  if (found.finished) return bad("The provider went on after the end of its answer.");
  start();
  return &found;
}

void ReplyAssembly::start(Started started) {
  if (started_) return;
  started_ = true;
  out_->emplace_back(started);
}

Result<> ReplyAssembly::text(std::int64_t choice, std::string_view text, std::vector<TokenChoice> logprobs) {
  if (text.empty() && logprobs.empty()) return {};
  TRY(at(choice));
  said_bytes_ += text.size();
  ++deltas_;
  out_->emplace_back(TextDelta{
      .choice = static_cast<std::uint32_t>(choice), .text = std::string(text), .logprobs = std::move(logprobs)});
  return {};
}

Result<> ReplyAssembly::reasoning(std::int64_t choice, std::string_view text, std::string_view signature) {
  if (text.empty() && signature.empty()) return {};
  TRY(at(choice));
  said_bytes_ += text.size();
  ++deltas_;
  out_->emplace_back(ReasoningDelta{
      .choice = static_cast<std::uint32_t>(choice), .text = std::string(text), .signature = std::string(signature)});
  return {};
}

Result<> ReplyAssembly::call(std::int64_t choice, std::int64_t place, std::string_view id, std::string_view name,
                             std::string_view arguments, std::string_view signature) {
  TRY_ASSIGN(Choice * found, at(choice));
  bool another = found->index < 0 || (place >= 0 ? place != found->place : !id.empty() && id != found->id);
  ToolCallDelta delta{.choice = static_cast<std::uint32_t>(choice), .index = 0, .id = {}, .name = {}, .arguments = {}};
  if (another) {
    no_arguments(choice, *found);
    if (place >= 0 && place < found->place) return bad("The provider mixed the pieces of two tool calls.");
    if (name.empty()) return bad("The provider began a tool call without a name.");
    found->place = place;
    ++found->index;
    found->id = id.empty() ? made_up_id() : std::string(id);
    found->has_arguments = false;
    delta.id = found->id;
    delta.name = name;
    delta.signature = signature;
  } else if (arguments.empty()) {
    return {};
  }
  said_bytes_ += name.size() + arguments.size();
  ++deltas_;
  found->has_arguments = found->has_arguments || !arguments.empty();
  delta.index = static_cast<std::uint32_t>(found->index);
  delta.arguments = arguments;
  out_->emplace_back(std::move(delta));
  return {};
}

// A call without any arguments is one with an empty object: clients parse what they get.
void ReplyAssembly::no_arguments(std::int64_t choice, Choice& of) {
  if (of.index < 0 || of.has_arguments) return;
  of.has_arguments = true;
  out_->emplace_back(ToolCallDelta{.choice = static_cast<std::uint32_t>(choice),
                                   .index = static_cast<std::uint32_t>(of.index),
                                   .id = {},
                                   .name = {},
                                   .arguments = "{}"});
}

Result<> ReplyAssembly::finish(std::int64_t choice, FinishReason reason, std::string_view stop_sequence) {
  TRY_ASSIGN(Choice * found, at(choice));
  no_arguments(choice, *found);
  // Agents go on only after "tool_calls", and some servers say "stop" after a call all the same.
  if (found->index >= 0 && reason == FinishReason::stop) reason = FinishReason::tool_calls;
  found->finished = true;
  out_->emplace_back(Finished{
      .choice = static_cast<std::uint32_t>(choice), .reason = reason, .stop_sequence = std::string(stop_sequence)});
  return {};
}

// A maker's word, within reason: nobody is paid for tokens, and no sum of them overflows.
void ReplyAssembly::usage(Usage usage) {
  constexpr std::int64_t most = 1'000'000'000;
  usage.prompt_tokens = std::clamp<std::int64_t>(usage.prompt_tokens, 0, most);
  usage.completion_tokens = std::clamp<std::int64_t>(usage.completion_tokens, 0, most);
  usage.cached_tokens = std::clamp<std::int64_t>(usage.cached_tokens, 0, usage.prompt_tokens);
  usage.reasoning_tokens = std::clamp<std::int64_t>(usage.reasoning_tokens, 0, usage.completion_tokens);
  usage_ = usage;
}

void ReplyAssembly::vector(Vector vector) { made(std::move(vector)); }

void ReplyAssembly::made(Event event) {
  start();
  out_->push_back(std::move(event));
}

bool ReplyAssembly::all_finished() const { return std::ranges::all_of(choices_, &Choice::finished); }

void ReplyAssembly::complete_answer() {
  if (complete_) return;
  start();
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (!choices_[i].finished) (void)finish(static_cast<std::int64_t>(i), FinishReason::stop);
  }
  complete_ = true;
  out_->emplace_back(usage_so_far());
}

Usage ReplyAssembly::usage_so_far() const {
  if (deltas_ == 0) return usage_.value_or(Usage{});
  Usage estimate{.prompt_tokens = static_cast<std::int64_t>(prompt_bytes_ / 4 + 1),
                 .completion_tokens = static_cast<std::int64_t>(std::max<std::uint64_t>(said_bytes_ / 4 + 1, deltas_))};
  if (!usage_) return estimate;
  Usage said = *usage_;
  if (complete_) return said;
  // Cut after an early word on usage (some makers say the prompt's first): what was said since counts too.
  said.completion_tokens = std::max(said.completion_tokens, estimate.completion_tokens);
  if (said.prompt_tokens == 0) said.prompt_tokens = estimate.prompt_tokens;
  return said;
}

Result<> ReplyDecoder::end(std::vector<Event>& out) {
  assembly_.write_into(out);
  if (assembly_.complete()) return {};
  TRY(at_end());
  if (!may_end()) {
    return fail({.code = ErrorCode::upstream_failed,
                 .message = "The provider's answer stopped in the middle.",
                 .reason = "connection_cut"});
  }
  assembly_.complete_answer();
  return {};
}

}  // namespace entente::wire
