#include "wire/gathered.hpp"

namespace entente::wire {

void Gathered::add(const Event& event) {
  if (auto* delta = std::get_if<TextDelta>(&event)) {
    Choice& choice = choices.at(delta->choice);
    choice.text += delta->text;
    choice.logprobs.insert(choice.logprobs.end(), delta->logprobs.begin(), delta->logprobs.end());
  } else if (auto* thought = std::get_if<ReasoningDelta>(&event)) {
    ReasoningPart& reasoning = choices.at(thought->choice).reasoning;
    reasoning.text += thought->text;
    reasoning.signature += thought->signature;
  } else if (auto* piece = std::get_if<ToolCallDelta>(&event)) {
    std::vector<ToolCall>& calls = choices.at(piece->choice).calls;
    if (piece->index >= calls.size())
      calls.push_back({.id = piece->id, .name = piece->name, .arguments = {}, .signature = piece->signature});
    calls.back().arguments += piece->arguments;
  } else if (auto* finished = std::get_if<Finished>(&event)) {
    Choice& choice = choices.at(finished->choice);
    choice.finish = finished->reason;
    choice.stop_sequence = finished->stop_sequence;
  } else if (auto* counted = std::get_if<Usage>(&event)) {
    usage = *counted;
  }
}

}  // namespace entente::wire
