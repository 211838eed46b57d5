#include "domain/event.hpp"

namespace entente {

std::string_view to_string(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop: return "stop";
    case FinishReason::length: return "length";
    case FinishReason::tool_calls: return "tool_calls";
    case FinishReason::content_filter: return "content_filter";
  }
  return "stop";
}

bool is_delta(const Event& event) {
  return std::holds_alternative<TextDelta>(event) || std::holds_alternative<ReasoningDelta>(event) ||
         std::holds_alternative<ToolCallDelta>(event) || std::holds_alternative<Vector>(event) ||
         std::holds_alternative<Score>(event) || std::holds_alternative<PictureMade>(event) ||
         std::holds_alternative<Sound>(event) || std::holds_alternative<Judged>(event);
}

}  // namespace entente
