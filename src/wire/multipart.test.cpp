#include "wire/multipart.hpp"

#include <gtest/gtest.h>

#include "wire/json_writer.hpp"

namespace entente::wire {
namespace {

using namespace std::string_literals;

constexpr std::string_view type = "multipart/form-data; boundary=XX";

TEST(Multipart, PartsHaveNamesAndContents) {
  auto parts = parse_multipart("Multipart/Form-Data; boundary=\"XX\"",
                               "--XX\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                               "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a;\\\"b.jsonl\"\r\n"
                               "Content-Type: application/octet-stream\r\n\r\n{}\r\n--X\r\n\r\n\r\n--XX\r\n"
                               "Content-Disposition: form-data; name=empty\r\n\r\n\r\n--XX--\r\n");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[0].name, "purpose");
  EXPECT_EQ((*parts)[0].content, "batch");
  EXPECT_EQ((*parts)[0].filename, "");
  EXPECT_EQ((*parts)[1].filename, "a;\"b.jsonl");
  EXPECT_EQ((*parts)[1].content, "{}\r\n--X\r\n\r\n");
  EXPECT_EQ((*parts)[2].name, "empty");
  EXPECT_EQ((*parts)[2].content, "");
}

TEST(Multipart, WhatIsBrokenIsSaid) {
  std::string_view part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb";
  for (std::string body : {std::string(), std::string("--YY--"), std::string(part), std::string(part) + "\r\n--XX",
                           std::string("--XX\r\n\r\nb\r\n--XX--"), std::string("--XXa")}) {
    EXPECT_FALSE(parse_multipart(type, body)) << body;
  }
  EXPECT_FALSE(parse_multipart("application/json", "{}"));
  EXPECT_FALSE(parse_multipart("multipart/form-data", "--\r\n"));
  EXPECT_TRUE(parse_multipart(type, "--XX--"));
}

// However a body is cut, nothing is read beyond its end, and the whole is the only one that is taken.
TEST(Multipart, EveryCutIsRefused) {
  std::string whole = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--XX--";
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(parse_multipart(type, whole.substr(0, size))) << size;
  EXPECT_TRUE(parse_multipart(type, whole));
}

std::string members_of(std::vector<FormPart> parts) {
  constexpr std::string_view numbers[] = {"n", "o[n]"}, booleans[] = {"b"};
  auto members = form_members(parts, "file", numbers, booleans);
  return members ? to_json_text(*members) : members.error().reason;
}

FormPart part(std::string name, std::string_view content) {
  return {.name = std::move(name), .filename = {}, .content = content};
}

TEST(Multipart, MembersHaveTheKindsThatTheyShallHave) {
  EXPECT_EQ(members_of({part("a", "1"), part("n", "0.5"), part("b", "true"), part("file", "x"), part("l[]", "u"),
                        part("l[]", "v"), part("o[n]", "3"), part("o[m]", "w")}),
            R"({"a":"1","n":0.5,"b":true,"l":["u","v"],"o":{"n":3,"m":"w"}})");
  EXPECT_EQ(members_of({part("n", "three"), part("b", "yes")}), R"({"n":"three","b":"yes"})");
}

TEST(Multipart, NoMemberComesTwice) {
  for (const auto& parts : std::vector<std::vector<FormPart>>{{part("a", "1"), part("a", "2")},
                                                              {part("a", "1"), part("a[]", "2")},
                                                              {part("a[]", "1"), part("a[b]", "2")},
                                                              {part("a[b]", "1"), part("a[b]", "2")},
                                                              {part("a", "\xff")}}) {
    EXPECT_EQ(members_of(parts), "invalid_multipart") << parts.front().name;
  }
}

TEST(Multipart, WhatIsWrittenIsReadAgain) {
  std::string file = "RIFF\r\n--entente-\r\n\0"s + std::string(300, '\xff');
  FormWriter form(file.size());
  form.text("model", "m");
  form.file("file", "a \"b\"\n.wav", file);
  form.text("timestamp_granularities[]", "word");
  std::string type = form.content_type(), body = std::move(form).finish();
  auto parts = parse_multipart(type, body);
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ((*parts)[1].filename, "a \"b\"_.wav");
  EXPECT_EQ((*parts)[1].content, file);
  EXPECT_EQ((*parts)[2].content, "word");
}

TEST(Multipart, NobodyKnowsTheMarkBeforehand) { EXPECT_NE(FormWriter(7).content_type(), FormWriter(7).content_type()); }

}  // namespace
}  // namespace entente::wire
