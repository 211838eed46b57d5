// wire/anthropic/messages.hpp: a request that is accepted keeps the ranges domain/ promises, and its answers, whole and
// streamed, are JSON.
#include <algorithm>
#include <cmath>

#include "base/encoding.hpp"
#include "fuzz.hpp"
#include "wire/anthropic/error.hpp"
#include "wire/anthropic/messages.hpp"
#include "wire/json.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

void check(const wire::MessagesRequest& request) {
  const Chat& chat = request.chat;
  require(!chat.model.empty() && chat.max_tokens.value_or(0) >= 1, "a model and a length are named");
  require(!chat.conversation.empty(), "there is a message");
  for (const Message& message : chat.conversation) {
    require(find_invalid_utf8(entente::text_of(message)) == std::string::npos, "texts are UTF-8");
  }
  for (const Tool& tool : chat.tooling.tools) {
    require(!tool.name.empty() && tool.name.size() <= 128, "tools have names");
    require(wire::parse_json(tool.parameters, 128).has_value(), "schemas are JSON");
  }
  for (const std::string& name : chat.tooling.allowed) {
    require(std::ranges::contains(chat.tooling.tools, name, &Tool::name), "what may be called is there");
  }
  require(std::abs(chat.sampling.temperature.value_or(0) - 0.5) <= 0.5, "the temperature is in range");
  for (const std::string& stop : chat.stop) require(!stop.empty() && stop.size() <= 1024, "stop texts are in range");
}

// Whatever the model says, here the request itself, comes out as events whose data are JSON.
void check_answers(const wire::MessagesRequest& request, std::string_view said) {
  wire::MessagesHead head{.id = "msg_1", .model = request.chat.model, .thoughts = request.thoughts};
  wire::MessagesStream stream(head);
  wire::MessagesAnswer answer(head);
  std::string text(said), out;
  const Event events[] = {Started{.prompt_tokens = 1},
                          ReasoningDelta{.choice = 0, .text = text},
                          TextDelta{.choice = 0, .text = text},
                          ToolCallDelta{.choice = 0, .index = 0, .id = "t", .name = text, .arguments = text},
                          Finished{.choice = 0, .reason = FinishReason::stop, .stop_sequence = text},
                          Usage{}};
  for (const Event& event : events) {
    stream.append(out, event);
    answer.add(event);
  }
  stream.end(out);
  require(wire::parse_json(answer.body(), 160).has_value(), "a message is JSON");
  while (!out.empty()) {
    std::size_t end = out.find("\n\n"), data = out.find("\ndata: ");
    require(end != std::string::npos && data < end, "each event has a name and data");
    require(wire::parse_json(std::string_view(out).substr(data + 7, end - data - 7), 160).has_value(), "data are JSON");
    out.erase(0, end + 2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = text_of(data, size);
  Result<wire::MessagesRequest> request = wire::decode_messages_request(text);
  (void)wire::decode_count_tokens_request(text).has_value();
  if (!request) {
    require_good_refusal(request.error());
    require(find_invalid_utf8(wire::encode_anthropic_error(request.error())) == std::string::npos,
            "refusals are UTF-8");
    return 0;
  }
  check(*request);
  check_answers(*request, text);
  return 0;
}
