#include "gateway/answer_digest.hpp"

namespace entente::gateway {

AnswerDigest::Choice& AnswerDigest::choice(std::uint32_t index) {
  while (choices_.size() <= index) choices_.emplace_back();
  return choices_[index];
}

void AnswerDigest::add(const Event& event) {
  if (const auto* text = std::get_if<TextDelta>(&event)) {
    choice(text->choice).text.update(text->text);
  } else if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
    auto [at, first] = choice(call->choice).calls.try_emplace(call->index);
    if (first) at->second.update(call->name + "\n");
    at->second.update(call->arguments);
  }
}

std::vector<store::ChoiceDigests> AnswerDigest::finish() {
  std::vector<store::ChoiceDigests> digests;
  for (Choice& choice : choices_) {
    store::ChoiceDigests& one = digests.emplace_back(choice.text.finish());
    for (auto& [index, call] : choice.calls) one.calls.push_back(call.finish());
  }
  return digests;
}

}  // namespace entente::gateway
