#include "gateway/held_answer.hpp"

namespace entente::gateway {

namespace {

constexpr std::size_t most_held = 1024 * 1024;

// About what it takes in memory.
std::size_t size_of(const Event& event) {
  std::size_t size = sizeof event;
  if (const auto* text = std::get_if<TextDelta>(&event)) size += text->text.size() + text->logprobs.size() * 64;
  if (const auto* thought = std::get_if<ReasoningDelta>(&event)) size += thought->text.size();
  if (const auto* call = std::get_if<ToolCallDelta>(&event)) size += call->name.size() + call->arguments.size();
  if (const auto* vector = std::get_if<Vector>(&event)) size += vector->values.size() * sizeof(float);
  if (const auto* made = std::get_if<PictureMade>(&event)) size += made->picture->bytes.size();
  if (const auto* sound = std::get_if<Sound>(&event)) size += sound->bytes.size();
  return size;
}

bool says_something(const Event& event) {
  if (const auto* text = std::get_if<TextDelta>(&event)) return !text->text.empty();
  return std::holds_alternative<Counted>(event) || (is_delta(event) && !std::holds_alternative<ReasoningDelta>(event));
}

}  // namespace

Task<> HeldAnswer::begin(const Answering& answering) {
  answering_ = answering;
  co_return Result<>{};
}

Task<> HeldAnswer::event(const Event& event) {
  if (shown_) co_return co_await client_.event(event);
  said_ = said_ || says_something(event);
  if (const auto* end = std::get_if<Finished>(&event))
    cut_ = cut_ || end->reason == FinishReason::length || end->reason == FinishReason::content_filter;
  events_.push_back(event);
  bytes_ += size_of(event);
  if (bytes_ <= most_held) co_return Result<>{};
  co_return co_await show();
}

Task<> HeldAnswer::show() {
  shown_ = true;
  CO_TRY(co_await client_.begin(answering_));
  for (const Event& event : events_) CO_TRY(co_await client_.event(event));
  events_.clear();
  co_return co_await client_.flush();
}

Task<> HeldAnswer::show_whole() {
  CO_TRY(co_await show());
  co_return co_await client_.keep();
}

}  // namespace entente::gateway
