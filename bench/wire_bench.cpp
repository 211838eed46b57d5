// What dialects cost, in processor time: a chat of 1 kB read and its answer written, a body of 1 MB read, a streamed
// piece written, a grammar made of a schema of 5 kB. Prints one JSON object of microseconds; `./dev bench dialects`
// runs it.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <format>
#include <memory>
#include <string>
#include <vector>

#include "grammar/automaton.hpp"
#include "grammar/json_schema.hpp"
#include "wire/anthropic/messages.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/responses.hpp"

using namespace entente;

namespace {

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// The middle of nine rounds.
template <class Work>
double measured(int times, Work work) {
  std::vector<double> rounds;
  for (int round = 0; round < 9; ++round) {
    double began = cpu_microseconds();
    for (int i = 0; i < times; ++i) work();
    rounds.push_back((cpu_microseconds() - began) / times);
  }
  std::ranges::nth_element(rounds, rounds.begin() + 4);
  return rounds[4];
}

void must(bool holds) {
  if (!holds) {
    std::fprintf(stderr, "wire_bench: a request of its own was refused\n");
    std::exit(1);
  }
}

std::string words(std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += "A river flows to the sea, \\\"slowly\\\", and é. ";
  return out.substr(0, out.rfind(' ', bytes));
}

std::string chat_of(std::size_t bytes, int messages, std::string_view more) {
  std::string out = R"({"model":"m","temperature":0.7,"stream":false,"messages":[)";
  for (int i = 0; i < messages; ++i) {
    out += std::format(R"({}{{"role":"{}","content":"{}"}})", i ? "," : "", i % 2 ? "assistant" : "user",
                       words(bytes / static_cast<std::size_t>(messages) - 40));
  }
  return out + "]" + std::string(more) + "}";
}

std::string schema_of(std::size_t bytes) {
  std::string properties;
  for (int i = 0; properties.size() < bytes - 120; ++i) {
    properties += std::format(
        R"({}"member_{}":{{"type":"object","properties":{{"name":{{"type":"string","maxLength":40}},"kind":{{"enum":["red","green","blue"]}},"size":{{"type":"integer","minimum":0,"maximum":1000}},"tags":{{"type":"array","items":{{"type":"string"}},"maxItems":5}}}},"required":["name","kind"],"additionalProperties":false}})",
        i ? "," : "", i);
  }
  return R"({"type":"object","properties":{)" + properties +
         R"(},"required":["member_0"],"additionalProperties":false})";
}

const std::vector<Event>& answer() {
  static const std::vector<Event> events = {
      Started{.prompt_tokens = 200}, TextDelta{.choice = 0, .text = std::string(400, 'x'), .logprobs = {}},
      Finished{.choice = 0}, Usage{.prompt_tokens = 200, .completion_tokens = 90}};
  return events;
}

}  // namespace

int main() {
  std::string small = chat_of(1024, 4, ""), large = chat_of(1'000'000, 1, ""), many = chat_of(1'000'000, 1000, "");
  std::string messages = chat_of(1024, 3, R"(,"max_tokens":100)"), schema = schema_of(5'000);
  std::string response = R"({"model":"m","input":")" + words(950) + "\"}";
  auto chat = [&] {
    auto request = wire::decode_chat_request(small);
    must(request.has_value());
    wire::ChatCompletion whole({.id = "chatcmpl_1", .created = 1, .model = "m"}, 1);
    for (const Event& event : answer()) whole.add(event);
    must(!whole.body().empty());
  };
  auto anthropic = [&] {
    auto request = wire::decode_messages_request(messages);
    must(request.has_value());
    wire::MessagesAnswer whole({.id = "msg_1", .model = "m"});
    for (const Event& event : answer()) whole.add(event);
    must(!whole.body().empty());
  };
  auto responses = [&] {
    auto request = wire::decode_responses_request(response);
    must(request.has_value());
    wire::ResponsesAnswer whole(
        {.id = "resp_1", .created = 1, .model = "m", .custom = {}, .spaced = {}, .repeated = request->repeated});
    for (const Event& event : answer()) whole.add(event);
    must(!whole.body().empty());
  };
  wire::ChatChunks chunks({.id = "chatcmpl_1", .created = 1, .model = "m"}, 1, true);
  std::string out;
  const Event piece = TextDelta{.choice = 0, .text = " river", .logprobs = {}};
  auto delta = [&] {
    out.clear();
    chunks.append(out, piece);
  };
  auto grammar = [&] {
    auto made = std::make_shared<grammar::Grammar>();
    grammar::JsonText json(*made);
    auto root = grammar::json_schema(*made, json, schema, {});
    must(root.has_value());
    made->set_root(*root);
    grammar::Automaton automaton(made);
    must(!automaton.may_end(automaton.start()));
  };
  std::printf(
      "{\"chat_bytes\":%zu,\"chat\":%.2f,\"messages\":%.2f,\"responses\":%.2f,\"delta\":%.3f,\"one_of_1_mb\":%.0f,"
      "\"thousand_of_1_mb\":%.0f,\"schema_bytes\":%zu,\"grammar\":%.0f}\n",
      small.size(), measured(5000, chat), measured(5000, anthropic), measured(5000, responses), measured(50'000, delta),
      measured(20, [&] { must(wire::decode_chat_request(large).has_value()); }),
      measured(20, [&] { must(wire::decode_chat_request(many).has_value()); }), schema.size(), measured(50, grammar));
}
