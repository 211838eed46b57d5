// OpenAI, and servers that speak its chat/completions: vLLM, llama-server, Ollama, Groq, regional partners.
#include "providers/abilities.hpp"
#include "providers/makers.hpp"
#include "wire/openai/chat_call.hpp"
#include "wire/openai/chat_reply.hpp"

namespace entente::providers {

namespace {

class ChatCompletionsMaker final : public Maker {
 public:
  ChatCompletionsMaker(wire::CallForm form, Abilities abilities) : form_(form), abilities_(abilities) {}

  Result<> can_take(const Work& work) const override {
    TRY_ASSIGN(const Chat* chat, chat_of(work));
    return check(*chat, abilities_);
  }

  Result<net::UpstreamRequest> request(const Calling& calling) const override {
    net::UpstreamRequest out{
        .target = "/chat/completions",
        .headers = {{"content-type", "application/json"}, {"accept", "text/event-stream"}},
        .body = wire::encode_chat_call(std::get<Chat>(calling.work), calling.deployment.model, form_)};
    if (!calling.key.empty()) out.headers.add("authorization", "Bearer " + calling.key);
    return out;
  }

  std::unique_ptr<wire::ReplyDecoder> decoder(const Work& work) const override {
    const Chat& chat = std::get<Chat>(work);
    return std::make_unique<wire::ChatReply>(chat.choices, bytes_of(chat.conversation));
  }

 private:
  const wire::CallForm form_;
  const Abilities abilities_;
};

}  // namespace

std::unique_ptr<Maker> make_openai(const ProviderOptions&) {
  return std::make_unique<ChatCompletionsMaker>(
      wire::CallForm{
          .max_tokens = "max_completion_tokens", .developer_role = true, .allowed_tools = true, .end_user = true},
      Abilities{.top_k = false, .min_p = false, .repetition_penalty = false, .most_stops = 4});
}

std::unique_ptr<Maker> make_openai_compatible(const ProviderOptions&) {
  return std::make_unique<ChatCompletionsMaker>(
      wire::CallForm{.thoughts = "reasoning_content", .top_level_extensions = true}, Abilities{});
}

}  // namespace entente::providers
