#include "wire/field_classes.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "wire/anthropic/messages.hpp"
#include "wire/fields.hpp"
#include "wire/jina/rerank.hpp"
#include "wire/ollama/chat.hpp"
#include "wire/openai/chat.hpp"
#include "wire/openai/completions.hpp"
#include "wire/openai/embeddings.hpp"
#include "wire/openai/images.hpp"
#include "wire/openai/moderations.hpp"
#include "wire/openai/responses.hpp"
#include "wire/openai/speech.hpp"
#include "wire/openai/transcriptions.hpp"

namespace entente::wire {
namespace {

struct Codec {
  std::string least;  // members of the shortest request
  std::function<Result<>(std::string_view)> decode;
};

template <class Decode>
std::function<Result<>(std::string_view)> only_whether(Decode decode) {
  return [decode](std::string_view body) -> Result<> {
    auto request = decode(body);
    if (!request) return fail(request.error());
    return {};
  };
}

std::function<Result<>(std::string_view)> of_an_image_form(MakeFrom from) {
  return [from](std::string_view body) -> Result<> {
    TRY_ASSIGN(Json members, parse_json(body));
    auto request = decode_images_members(members, from);
    if (!request) return fail(request.error());
    return {};
  };
}

// A form's members, written as JSON.
std::function<Result<>(std::string_view)> of_a_form(bool to_english) {
  return [to_english](std::string_view body) -> Result<> {
    TRY_ASSIGN(Json members, parse_json(body));
    auto request = decode_transcription_members(members, to_english);
    if (!request) return fail(request.error());
    return {};
  };
}

const std::map<std::string, Codec, std::less<>>& codecs() {
  const std::string said = R"("model":"m","messages":[{"role":"user","content":"a"}])";
  static const std::map<std::string, Codec, std::less<>> all = {
      {"openai chat", {said, only_whether([](auto body) { return decode_chat_request(body); })}},
      {"openai completions",
       {R"("model":"m","prompt":"a")", only_whether([](auto body) { return decode_completion_request(body); })}},
      {"openai embeddings",
       {R"("model":"m","input":"a")", only_whether([](auto body) { return decode_embedding_request(body); })}},
      {"openai responses", {R"("model":"m","input":"a")", only_whether(decode_responses_request)}},
      {"anthropic messages", {said + R"(,"max_tokens":1)", only_whether(decode_messages_request)}},
      {"ollama chat", {said, only_whether(decode_ollama_chat)}},
      {"ollama generate", {R"("model":"m","prompt":"a")", only_whether(decode_ollama_generate)}},
      {"ollama embed", {R"("model":"m","input":"a")", only_whether(decode_ollama_embed)}},
      {"openai images", {R"("prompt":"a")", only_whether([](auto body) { return decode_images_request(body); })}},
      {"openai image edits", {R"("prompt":"a")", of_an_image_form(MakeFrom::pictures)}},
      {"openai image variations", {R"("model":"m")", of_an_image_form(MakeFrom::likeness)}},
      {"openai speech",
       {R"("model":"m","input":"a","voice":"v")", only_whether([](auto body) { return decode_speech_request(body); })}},
      {"openai transcriptions", {R"("model":"m")", of_a_form(false)}},
      {"openai translations", {R"("model":"m")", of_a_form(true)}},
      {"openai moderations",
       {R"("input":"a")", only_whether([](auto body) { return decode_moderation_request(body); })}},
      {"jina rerank", {R"("model":"m","query":"q","documents":["a"])", only_whether(decode_rerank_request)}}};
  return all;
}

// Dialects that some deployments speak, too.
const std::set<std::string> passes = {"openai chat", "anthropic messages"};

class FieldClasses : public testing::TestWithParam<std::string> {};

TEST_P(FieldClasses, EveryMemberThatACodecAsksForHasAClass) {
  const Codec& codec = codecs().at(GetParam());
  std::vector<std::string> asked;
  std::set<std::string> known;
  Fields::overhear(&asked);
  Result<> done = codec.decode("{" + codec.least + "}");
  Fields::overhear(nullptr);
  ASSERT_TRUE(done) << done.error().message;
  for (const FieldRow& row : field_rows()) {
    if (row.dialect != GetParam()) continue;
    EXPECT_TRUE(known.emplace(row.field).second) << row.field << " has two rows";
  }
  for (const std::string& name : asked) EXPECT_TRUE(known.erase(name) > 0 || find_field(GetParam(), name)) << name;
  // What has a row and no codec asks for goes on to others, and does no more there than change an answer and its cost;
  // or is refused.
  EXPECT_TRUE(known.empty() || passes.contains(GetParam()));
  for (const std::string& name : known) {
    const FieldRow& row = *find_field(GetParam(), name);
    EXPECT_TRUE(row.refused || row.what == FieldClass::harmless || row.what == FieldClass::cost) << name;
  }
}

TEST_P(FieldClasses, WhatIsRefusedIsRefusedByName) {
  const Codec& codec = codecs().at(GetParam());
  for (const FieldRow& row : field_rows()) {
    if (row.dialect != GetParam() || !row.refused) continue;
    bool refused = false;
    // As whatever kind of value it may come: one of them asks for something.
    for (std::string_view value : {R"({"a":1})", R"([{"a":1}])", R"(["audio"])", "true", R"("a")"}) {
      std::string body = "{" + codec.least + R"(,")" + std::string(row.field) + R"(":)" + std::string(value) + "}";
      Result<> done = codec.decode(body);
      refused = refused || (!done && done.error().param.starts_with(row.field) &&
                            done.error().reason != "unknown_parameter" && done.error().reason != "invalid_type");
    }
    EXPECT_TRUE(refused) << row.field;
  }
}

TEST_P(FieldClasses, WhatNoRowHasIsRefused) {
  const Codec& codec = codecs().at(GetParam());
  EXPECT_FALSE(find_field(GetParam(), "nobody_knows"));
  Result<> done = codec.decode("{" + codec.least + R"(,"nobody_knows":1})");
  if (passes.contains(GetParam())) {
    EXPECT_TRUE(done) << "its readers may know it";
    done = codec.decode("{" + codec.least + R"(,"mesages":1})");
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "unknown_parameter");
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto& [name, codec] : codecs()) out.push_back(name);
  return out;
}
INSTANTIATE_TEST_SUITE_P(Each, FieldClasses, testing::ValuesIn(names()), [](const auto& info) {
  std::string name = info.param;
  for (char& c : name) c = c == ' ' ? '_' : c;
  return name;
});

// What a deployment may not do unless a policy allows it must not be passed over in silence.
TEST(FieldClasses, WhatLeavesOrStoresIsTakenOrRefusedButNeverIgnored) {
  const std::set<std::string_view> taken = {"messages",       "input", "tools", "store", "previous_response_id",
                                            "response_format"};
  for (const FieldRow& row : field_rows()) {
    if (row.what != FieldClass::leaves && row.what != FieldClass::stores) continue;
    EXPECT_TRUE(row.refused || taken.contains(row.field)) << row.dialect << " " << row.field;
  }
}

}  // namespace
}  // namespace entente::wire
