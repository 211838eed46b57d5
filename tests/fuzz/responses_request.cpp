// wire/openai/responses.hpp: a request that is accepted keeps what domain/ promises, its input is shown again as JSON,
// and its answers, whole and streamed, are JSON that says the same.
#include <algorithm>

#include "base/encoding.hpp"
#include "fuzz.hpp"
#include "wire/json.hpp"
#include "wire/openai/input_tokens_call.hpp"
#include "wire/openai/responses.hpp"

using namespace entente;
using namespace entente::fuzz;

namespace {

void check(const wire::ResponsesRequest& request) {
  const Chat& chat = request.chat;
  require(!chat.model.empty() && !chat.conversation.empty(), "a model is named, and something is asked");
  for (const Message& message : chat.conversation) {
    require(find_invalid_utf8(entente::text_of(message)) == std::string::npos, "texts are UTF-8");
  }
  for (const Tool& tool : chat.tooling.tools) {
    require(!tool.name.empty() && tool.name.size() <= 64, "tools have names");
    require(tool.parameters.empty() || wire::parse_json(tool.parameters, 128).has_value(), "schemas are JSON");
  }
  for (const std::string& name : chat.tooling.allowed) {
    require(std::ranges::contains(chat.tooling.tools, name, &Tool::name), "what may be called is there");
  }
  require(chat.top_logprobs <= 20 && (chat.logprobs || chat.top_logprobs == 0), "logprobs are in range");
  require(wire::parse_json(wire::encode_input_items(request.input, false), 160).has_value(), "items are JSON");
  (void)wire::check_response_outputs(chat.conversation).has_value();
}

// Another Entente is asked about the same conversation.
void check_count(const Chat& chat) {
  auto again = wire::decode_responses_request(wire::encode_input_tokens_call(chat, chat.model));
  require(again.has_value(), "what is asked about can be read");
  require(bytes_of_text(again->chat.conversation) <= bytes_of_text(chat.conversation), "nothing is added");
  require(again->chat.tooling.tools.size() == chat.tooling.tools.size(), "every tool is named");
}

void check_answers(const wire::ResponsesRequest& request, std::string_view said) {
  wire::ResponsesHead head{.id = "resp_1",
                           .created = 1,
                           .model = request.chat.model,
                           .custom = request.custom,
                           .repeated = request.repeated};
  wire::ResponsesStream stream(head);
  wire::ResponsesAnswer answer(head);
  std::string text(said), out;
  std::string name = request.custom.empty() ? "f" : *request.custom.begin();
  const Event events[] = {Started{},
                          ReasoningDelta{.choice = 0, .text = text},
                          TextDelta{.choice = 0, .text = text},
                          ToolCallDelta{.choice = 0, .index = 0, .id = "t", .name = name, .arguments = {}},
                          ToolCallDelta{.choice = 0, .index = 0, .id = {}, .name = {}, .arguments = text},
                          Finished{.choice = 0, .reason = FinishReason::stop},
                          Usage{}};
  for (const Event& event : events) {
    stream.append(out, event);
    answer.add(event);
  }
  stream.end(out);
  require(answer.body() == stream.body(), "both say the same");
  require(wire::parse_json(answer.body(), 160).has_value(), "a response is JSON");
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
  Result<wire::ResponsesRequest> request = wire::decode_responses_request(text);
  if (!request) {
    require_good_refusal(request.error());
    return 0;
  }
  check(*request);
  check_count(request->chat);
  check_answers(*request, text);
  return 0;
}
