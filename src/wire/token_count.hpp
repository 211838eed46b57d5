// How many tokens a conversation has, in every dialect: what makers answer to the question, and what clients are
// answered. In both a document with one number. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/answer.hpp"
#include "wire/reply.hpp"

namespace entente::wire {

class TokenCountReply final : public ReplyDecoder {
 public:
  // `member`: of the document, that holds the number.
  explicit TokenCountReply(std::string_view member) : ReplyDecoder(0, 0), member_(member) {}

 private:
  Result<> take(std::string_view bytes) override;
  Result<> at_end() override;

  const std::string member_;
  std::string gathered_;
};

class TokenCountAnswer final : public WholeAnswer {
 public:
  using Encode = std::string(std::int64_t tokens);
  explicit TokenCountAnswer(Encode* encode) : encode_(encode) {}

  void add(const Event& event) override {
    if (const auto* counted = std::get_if<Counted>(&event)) tokens_ = counted->tokens;
  }
  std::string body() const override { return encode_(tokens_); }

 private:
  Encode* const encode_;
  std::int64_t tokens_ = 0;
};

}  // namespace entente::wire
