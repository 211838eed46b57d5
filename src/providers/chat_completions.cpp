#include "providers/chat_completions.hpp"

#include "wire/openai/chat_reply.hpp"

namespace entente::providers {

Result<net::UpstreamRequest> ChatCompletions::request(const Calling& calling) const {
  const auto* embed = std::get_if<Embed>(&calling.work);
  net::UpstreamRequest out{
      .target = target(calling.deployment, embed ? "embeddings" : "chat/completions"),
      .headers = {{"content-type", "application/json"}, {"accept", std::string(reply_type(calling.work))}},
      .body = embed ? wire::encode_embeddings_call(*embed, calling.deployment.model, embeddings_)
                    : wire::encode_chat_call(std::get<Chat>(calling.work), calling.deployment.model, form_)};
  if (!calling.key.empty()) authorize(out.headers, calling.key);
  return out;
}

void ChatCompletions::authorize(net::Headers& headers, const std::string& key) const {
  headers.add("authorization", "Bearer " + key);
}

std::unique_ptr<wire::ReplyDecoder> ChatCompletions::decoder(const Work& work) const {
  if (const auto* embed = std::get_if<Embed>(&work))
    return std::make_unique<wire::EmbeddingsReply>(embed->inputs.size(), envelope_of(work).prompt_bytes);
  const Chat& chat = std::get<Chat>(work);
  return std::make_unique<wire::ChatReply>(chat.choices, bytes_of(chat.conversation));
}

}  // namespace entente::providers
