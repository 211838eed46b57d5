#include "gateway/addresses.hpp"

#include <gtest/gtest.h>

namespace entente::gateway {
namespace {

Work chat_with(ImagePart image) {
  Chat chat;
  chat.conversation = {{.role = Role::user, .parts = {TextPart{"Look"}, std::move(image)}, .name = {}}};
  return chat;
}

TEST(Addresses, OnlyAPictureByItsAddressIsOne) {
  EXPECT_TRUE(names_addresses(chat_with({.url = "https://example.org/a.png"})));
  EXPECT_FALSE(names_addresses(chat_with({.media_type = "image/png", .bytes = "x"})));
  EXPECT_FALSE(names_addresses(Complete{}));
  EXPECT_TRUE(names_addresses(Moderate{.model = {}, .inputs = {{TextPart{"a"}}, {ImagePart{.url = "http://a/b"}}}}));
}

TEST(Addresses, AreRefusedWhereSomebodyElseWouldFetchThem) {
  Deployment here{.name = "here", .provider = "local", .model = "m", .facts = {}, .price = {}};
  Deployment far{.name = "far", .provider = "p", .model = "m", .facts = {}, .price = {}};
  policy::Decision decision;
  Work work = chat_with({.url = "https://example.org/a.png"});
  EXPECT_FALSE(refusal_of_addresses(work, decision)) << "nobody would be asked";
  decision.chosen = {&here};
  EXPECT_FALSE(refusal_of_addresses(work, decision));
  decision.chosen = {&here, &far};
  auto refused = refusal_of_addresses(work, decision);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, ErrorCode::forbidden);
  EXPECT_FALSE(refusal_of_addresses(chat_with({.media_type = "image/png", .bytes = "x"}), decision));
}

}  // namespace
}  // namespace entente::gateway
