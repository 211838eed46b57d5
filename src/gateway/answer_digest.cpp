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
  } else if (const auto* made = std::get_if<PictureMade>(&event); made && !made->sketch) {
    choice(made->index).text.update(made->picture->bytes.empty() ? made->picture->url : made->picture->bytes);
  } else if (const auto* sound = std::get_if<Sound>(&event)) {
    choice(0).text.update(sound->bytes);
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
