// Moderations asked of OpenAI and whoever speaks that dialect: a call as JSON, its answer to Events. Pure.
#pragma once

#include <string>
#include <string_view>

#include "domain/work.hpp"
#include "wire/openai/media_reply.hpp"

namespace entente::wire {

std::string encode_moderation_call(const Moderate& work, std::string_view model);

class ModerationReply final : public MediaReply {
 public:
  ModerationReply(std::size_t inputs, std::uint64_t prompt_bytes) : MediaReply(0, prompt_bytes), inputs_(inputs) {}

 private:
  Result<> read_document(const Json& document) override;
  Result<> read_event(const Json&) override { return bad("The provider answered with a stream of judgements."); }

  const std::size_t inputs_;
};

}  // namespace entente::wire
