#include "audit/entries/statement.hpp"

#include <gtest/gtest.h>

#include "audit/entries/entry.hpp"
#include "audit/entries/line_kind.hpp"
#include "audit/receipts/lanes.hpp"
#include "audit/tree/merkle.hpp"

namespace entente::audit {
namespace {

const Statement stated{.kind = StatementKind::facts,
                       .subject = subject_named("gpt-sweden"),
                       .record = sha256("{}"),
                       .at = "2026-11-27T10:15:03.118233Z"};

TEST(Statement, ReadsBackAndIsWrittenInOneWayOnly) {
  std::string text = statement_text(stated);
  EXPECT_EQ(kind_of_line(text), LineKind::statement);
  auto read = parse_statement(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, stated);
  for (const std::string& other :
       {" " + text, text + " ", std::string("{}"), std::string(R"({"at":"x","kind":"facts","version":1})"),
        entry_text({.kind = EntryKind::intent, .attempt = "att_1", .lane = "lan_1", .number = 1, .at = stated.at})}) {
    EXPECT_FALSE(parse_statement(other)) << other;
  }
  EXPECT_FALSE(parse_entry(text));
}

TEST(Statement, StandsInNoLane) {
  Lanes lanes;
  Entry intent{.kind = EntryKind::intent, .attempt = "att_1", .lane = "lan_1", .number = 1, .at = stated.at};
  EXPECT_TRUE(lanes.add(0, statement_text(stated)));
  EXPECT_TRUE(lanes.add(1, entry_text(intent)));
  EXPECT_TRUE(lanes.add(2, statement_text(stated)));
  EXPECT_EQ(lanes.attempts(), 1u);
  EXPECT_EQ(lanes.all().at("lan_1").last, hash_entry(entry_text(intent)));
  auto broken = lanes.add(3, R"({"at":"x","kind":"facts"})");
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().message.starts_with("Entry 3: This is no statement")) << broken.error().message;
}

}  // namespace
}  // namespace entente::audit
