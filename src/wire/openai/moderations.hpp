// OpenAI's moderations: texts and pictures to Moderate, judgements to response bytes. Reference: OpenAI API reference,
// "Moderations". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"
#include "wire/answer.hpp"

namespace entente::wire {

// Without a model the work's is empty: whoever judges here.
Result<Moderate> decode_moderation_request(std::string_view body, std::string_view model = {});

class ModerationAnswer final : public WholeAnswer {
 public:
  ModerationAnswer(std::string id, std::string model, std::size_t inputs)
      : id_(std::move(id)), model_(std::move(model)), judgements_(inputs) {}
  void add(const Event& event) override;
  void add(const Judgement& judgement) { judgements_.at(judgement.index) = judgement; }
  std::string body() const override;

 private:
  const std::string id_, model_;
  std::vector<Judgement> judgements_;
};

}  // namespace entente::wire
