#include "app/reports/layout_report.hpp"

#include <gmock/gmock.h>

namespace entente::app {
namespace {

using testing::HasSubstr;
using testing::Not;

MeasuredLayout layout(std::string name, std::uint64_t bytes, double prompt, double answer, double perplexity) {
  return {.name = std::move(name),
          .bytes = bytes,
          .measured = {.prompt_tokens_per_second = prompt,
                       .answer_tokens_per_second = answer,
                       .answers_tokens_per_second = 2 * answer,
                       .perplexity = perplexity,
                       .text_tokens = 1000},
          .kernels = ""};
}

TEST(GoodFor, EachSaysItsStrengthAndWhatIsWorseInAllSaysSo) {
  // The numbers of docs/decisions/0007.
  std::vector<MeasuredLayout> layouts{layout("Q4_1", 98, 402, 160, 18.4), layout("Q4_0", 91, 1248, 189, 23.1),
                                      layout("IQ4_NL", 92, 1080, 187, 21.4), layout("Q8_0", 145, 384, 150, 18.35),
                                      layout("Q4_K", 105, 380, 140, 18.5)};
  auto words = good_for(layouts);
  EXPECT_EQ(words[0], "as it is");
  EXPECT_EQ(words[1], "fastest prompts, fastest answer, most answers at once, smallest");
  EXPECT_EQ(words[2], "");
  EXPECT_EQ(words[3], "best text of the new ones");
  EXPECT_EQ(words[4], "nothing: Q4_1 is better in all");
}

TEST(GoodFor, AFewPerCentAreNoReason) {
  std::vector<MeasuredLayout> layouts{layout("A", 100, 100, 100, 10), layout("B", 100, 98, 99, 10.1)};
  EXPECT_THAT(good_for(layouts)[1], Not(HasSubstr("nothing")));
  EXPECT_TRUE(good_for({}).empty());
}

TEST(KernelShares, AreOfTheMatricesBytesAndNamedByGgml) {
  models::GgufInfo info;
  info.matrix_bytes = {{0, 100}, {2, 300}, {4711, 600}};
  auto shares = kernel_shares(info);
  ASSERT_EQ(shares.size(), 3u);
  EXPECT_EQ(shares[0].kernels.packing, "type 4711");
  EXPECT_EQ(shares[1].kernels.packing, "Q4_0");
  EXPECT_DOUBLE_EQ(shares[1].share, 0.3);
  EXPECT_EQ(shares[2].kernels.packing, "F32");
  EXPECT_FALSE(shares[2].kernels.packed);
  EXPECT_THAT(in_words(shares), HasSubstr("F32 (general)"));
}

TEST(KernelShares, PlainNumbersLackNothing) {
  models::GgufInfo info;
  info.matrix_bytes = {{0, 100}};
  EXPECT_FALSE(lacks_kernels(kernel_shares(info)));
}

}  // namespace
}  // namespace entente::app
