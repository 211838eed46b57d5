// Bedrock's binary streams, replayed at every fragment size and damaged at every byte.
#include "wire/bedrock/converse_reply.hpp"

#include <gtest/gtest.h>

#include "wire/test_reply.hpp"

namespace entente::wire {
namespace {

using Lines = std::vector<std::string>;

std::string big_endian(std::uint32_t value, int bytes = 4) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::string header(std::string_view name, std::string_view value) {
  return std::string(1, static_cast<char>(name.size())) + std::string(name) + "\x07" +
         big_endian(static_cast<std::uint32_t>(value.size()), 2) + std::string(value);
}

std::string message(std::string_view name, std::string_view payload, std::string_view kind = "event") {
  std::string headers = header(":message-type", kind) +
                        header(kind == "event" ? ":event-type" : ":exception-type", name) +
                        header(":content-type", "application/json");
  std::string front = big_endian(static_cast<std::uint32_t>(16 + headers.size() + payload.size())) +
                      big_endian(static_cast<std::uint32_t>(headers.size()));
  front += big_endian(crc32_of(front)) + headers + std::string(payload);
  return front + big_endian(crc32_of(front));
}

void expect(std::string_view bytes, const Lines& lines) {
  for (std::size_t fragment : replay_fragments) {
    ConverseReply decoder(40);
    EXPECT_EQ(replay(decoder, bytes, fragment), lines) << "fragments of " << fragment;
  }
  expect_the_same_at_every_cut([] { return std::make_unique<ConverseReply>(40); }, bytes, lines);
}

std::string whole_answer() {
  return message("messageStart", R"({"role":"assistant"})") +
         message("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}})") +
         message("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"c2ln"}}})") +
         message("contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"text":"ok é"},"p":"abcdefgh"})") +
         message("contentBlockStop", R"({"contentBlockIndex":1})") +
         message("contentBlockStart", R"({"contentBlockIndex":2,"start":{"toolUse":{"name":"f","toolUseId":"t1"}}})") +
         message("contentBlockDelta", R"({"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":"}}})") +
         message("contentBlockDelta", R"({"contentBlockIndex":2,"delta":{"toolUse":{"input":" 1}"}}})") +
         message("messageStop", R"({"stopReason":"tool_use"})") +
         message("metadata",
                 R"({"metrics":{"latencyMs":1},"usage":{"inputTokens":10,"outputTokens":9,"totalTokens":29,)"
                 R"("cacheReadInputTokens":8,"cacheWriteInputTokens":2}})");
}

TEST(Crc32, IsTheUsualOne) { EXPECT_EQ(crc32_of("123456789"), 0xCBF43926U); }

TEST(ConverseReply, ThoughtsATextAndACallWithUsageCountedOnce) {
  expect(whole_answer(), {"started", "0 thought hm", "0 thought  signed c2ln", "0 text ok é", "0 call 0 t1 f ",
                          "0 call 0   {\"a\":", "0 call 0    1}", "0 tool_calls", "usage 20 (8 cached) 9 (0 thought)"});
}

TEST(ConverseReply, AnExceptionIsTheLastWord) {
  std::string begin = message("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"a"}})");
  expect(begin + message("throttlingException", R"({"message":"slow"})", "exception"),
         {"started", "0 text a", "failed: upstream_rate_limited"});
  expect(message("validationException", R"({"message":"Input is too long for requested model."})", "exception"),
         {"failed: context_length_exceeded"});
  expect(message("internalServerException", R"({"message":"x"})", "exception"), {"failed: upstream_failed"});
}

TEST(ConverseReply, ACutOrADamagedByteIsNeverAnAnswer) {
  std::string whole = whole_answer();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ConverseReply decoder(40);
    std::string last = replay(decoder, whole.substr(0, size), 1000).back();
    // When the reason to stop has come, only the usage is missing: the answer is whole.
    EXPECT_TRUE(last == "failed: connection_cut" || last.starts_with("usage")) << size;
  }
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    ConverseReply decoder(40);
    std::string last = replay(decoder, damaged, 1000).back();
    EXPECT_TRUE(last.starts_with("failed: ")) << at << ' ' << last;
  }
}

}  // namespace
}  // namespace entente::wire
