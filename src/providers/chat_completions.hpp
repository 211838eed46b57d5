// ChatCompletions: a Maker that speaks OpenAI's dialect: chat/completions, embeddings, and what else its abilities name
// (pictures, speech, moderations). In what the makers and servers that do so differ is data: the call's form, the
// abilities, where and how the key stands. openai.cpp, azure.cpp, mistral.cpp, xai.cpp and entente.cpp are made of it.
#pragma once

#include "providers/maker.hpp"
#include "wire/openai/chat_call.hpp"
#include "wire/openai/embeddings_call.hpp"

namespace entente::providers {

class ChatCompletions : public Maker {
 public:
  ChatCompletions(wire::CallForm form, Abilities abilities, wire::EmbeddingsForm embeddings = {})
      : Maker(reading_chat(abilities)), form_(form), embeddings_(embeddings) {}

  Result<net::UpstreamRequest> request(const Calling& calling) const override;
  std::unique_ptr<wire::ReplyDecoder> decoder(const Work& work) const override;
  std::string_view reply_type(const Work& work) const override;
  bool reads(const Work& work, std::string_view type) const override;

 protected:
  // `operation`: "chat/completions", "embeddings"
  virtual std::string target(const Deployment&, std::string_view operation) const {
    return "/" + std::string(operation);
  }
  virtual void authorize(net::Headers& headers, const std::string& key) const;

 private:
  static Abilities reading_chat(Abilities abilities) {
    abilities.dialect = "openai chat";
    return abilities;
  }

  const wire::CallForm form_;
  const wire::EmbeddingsForm embeddings_;
};

}  // namespace entente::providers
