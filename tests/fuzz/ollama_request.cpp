// wire/ollama: what is accepted keeps the ranges domain/ promises, and its answers are lines of JSON.
#include "base/encoding.hpp"
#include "fuzz.hpp"
#include "wire/json.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/ollama/models.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

void check(const Chat& chat) {
  require(!chat.model.empty(), "a model is named");
  for (const Message& message : chat.conversation)
    require(find_invalid_utf8(entente::text_of(message)) == std::string::npos, "texts are UTF-8");
  require(chat.top_logprobs <= 20, "numbers are in range");
  for (const std::string& stop : chat.stop) require(!stop.empty(), "stop texts say something");
}

void check_lines(const wire::OllamaRequest& request, std::string_view said) {
  std::string model = envelope_of(request.work).model;
  wire::OllamaHead head{
      .model = model, .created_at = "t", .generates = false, .stopwatch = [] { return std::chrono::nanoseconds(1); }};
  wire::OllamaStream stream(head);
  std::string out, text(said);
  const Event events[] = {Started{.prompt_tokens = 1},
                          ReasoningDelta{.choice = 0, .text = text},
                          TextDelta{.choice = 0, .text = text, .logprobs = {}},
                          ToolCallDelta{.choice = 0, .index = 0, .id = "t", .name = "f", .arguments = text},
                          Finished{},
                          Usage{}};
  for (const Event& event : events) stream.append(out, event);
  stream.end(out);
  while (!out.empty()) {
    std::size_t end = out.find('\n');
    require(end != std::string::npos, "each line has an end");
    require(wire::parse_json(std::string_view(out).substr(0, end), 160).has_value(), "each line is JSON");
    out.erase(0, end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body = fuzz::text_of(data, size);
  for (auto decode : {wire::decode_ollama_chat, wire::decode_ollama_generate}) {
    auto request = decode(body);
    if (!request) {
      require_good_refusal(request.error());
      continue;
    }
    if (auto* chat = std::get_if<Chat>(&request->work)) check(*chat);
    if (!request->only_load && find_invalid_utf8(body) == std::string_view::npos) check_lines(*request, body);
  }
  for (auto decode : {wire::decode_ollama_embed, wire::decode_ollama_embeddings}) {
    auto request = decode(body);
    if (!request) require_good_refusal(request.error());
    if (request) require(!request->inputs.empty(), "there are texts");
  }
  if (auto pull = wire::decode_ollama_pull(body); !pull) require_good_refusal(pull.error());
  return 0;
}
