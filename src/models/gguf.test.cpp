#include "models/gguf.hpp"

#include <gmock/gmock.h>

#include "models/test_gguf.hpp"

namespace entente::models {
namespace {

using testing::HasSubstr;

class GgufFile : public testing::Test {
 protected:
  Result<GgufInfo> inspect(std::string_view bytes) { return inspect_gguf(folder_.write("model.gguf", bytes)); }
  std::string complaint(std::string_view bytes) {
    auto info = inspect(bytes);
    if (info) return "it was accepted";
    EXPECT_EQ(info.error().code, ErrorCode::invalid_request);
    return info.error().message;
  }
  TestFolder folder_;
};

TEST_F(GgufFile, SaysWhatItHolds) {
  auto info = inspect(small_gguf());
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->architecture, "llama");
  EXPECT_EQ(info->name, "Tiny");
  EXPECT_EQ(info->quantisation, "Q4_1");
  EXPECT_EQ(info->context_tokens, 2048U);
  EXPECT_EQ(info->parameters, 64U);
  EXPECT_EQ(info->tensors, 1U);
  EXPECT_TRUE(info->has_chat_template);
  EXPECT_EQ(info->chat_template, "{{ messages }}");
  EXPECT_FALSE(info->template_has_tools());
}

TEST_F(GgufFile, SaysWhetherItsTemplateHasAPlaceForTools) {
  auto info = inspect(Gguf()
                          .head(0, 2)
                          .text_value("general.architecture", "llama")
                          .text_value("tokenizer.chat_template", "{% if tools %}{{ tools }}{% endif %}{{ messages }}")
                          .align()
                          .bytes());
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_TRUE(info->template_has_tools());
}

TEST_F(GgufFile, IsRefusedWhenCutAtAnyByte) {
  std::string whole = small_gguf();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    auto info = inspect(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(info) << "accepted with " << length << " of " << whole.size() << " bytes";
    ASSERT_EQ(info.error().code, ErrorCode::invalid_request);
    if (length < 4) continue;
    ASSERT_THAT(info.error().message, HasSubstr("cut short")) << length;
  }
}

TEST_F(GgufFile, ACutInTheWeightsSaysHowMuchIsThere) {
  std::string whole = small_gguf('x', 1000);
  EXPECT_THAT(complaint(whole.substr(0, whole.size() - 2000)), HasSubstr("bytes are there"));
}

TEST_F(GgufFile, ATextThatIsNotUtf8OrLongerThanANameIsRefused) {
  auto with_name = [](std::string_view name) {
    Gguf file;
    file.head(0, 1).number(std::uint64_t{12}).raw("general.name").number(std::uint32_t{8});
    return file.number(std::uint64_t{name.size()}).raw(name).bytes() + std::string(64, '\0');
  };
  EXPECT_THAT(complaint(with_name("\xFF\xFE")), HasSubstr("not UTF-8"));
  EXPECT_THAT(complaint(with_name(std::string(65'536, 'x'))), HasSubstr("too long"));
}

TEST_F(GgufFile, HostileCountsAreNotBelieved) {
  constexpr std::uint64_t huge = ~std::uint64_t{0};
  EXPECT_THAT(complaint(Gguf().head(huge, 0).bytes()), HasSubstr("cut short"));
  EXPECT_THAT(complaint(Gguf().head(0, huge).bytes()), HasSubstr("cut short"));
  EXPECT_THAT(complaint(Gguf().head(0, 1).number(huge).raw("key").bytes() + std::string(64, 'x')),
              HasSubstr("cut short"));
  // An array of 2^64-1 numbers, and one of texts.
  for (std::uint32_t inner : {4U, 8U, 9U}) {
    std::string file = Gguf().head(0, 1).text("k").number<std::uint32_t>(9).number(inner).number(huge).bytes() +
                       std::string(256, '\0');
    EXPECT_NE(complaint(file), "it was accepted") << inner;
  }
}

TEST_F(GgufFile, TensorsThatOverflowAreRefused) {
  constexpr std::uint64_t huge = std::uint64_t{1} << 63;
  auto with_tensor = [](std::uint64_t elements, std::uint64_t offset) {
    return Gguf().head(1, 1).text_value("general.architecture", "llama").tensor("t", elements, offset).align().bytes() +
           std::string(256, 'x');
  };
  EXPECT_NE(complaint(with_tensor(huge, 0)), "it was accepted");
  EXPECT_NE(complaint(with_tensor(1, ~std::uint64_t{0})), "it was accepted");
  EXPECT_THAT(complaint(with_tensor(1'000'000, 0)), HasSubstr("cut short"));
}

TEST_F(GgufFile, DeepNestingOfArraysEnds) {
  Gguf file;
  file.head(0, 1).text("k").number<std::uint32_t>(9);
  for (int i = 0; i < 1000; ++i) file.number<std::uint32_t>(9).number<std::uint64_t>(1);
  EXPECT_THAT(complaint(file.bytes() + std::string(64, '\0')), HasSubstr("malformed"));
}

TEST_F(GgufFile, UnknownVersionsTypesAndAlignmentsAreNamed) {
  EXPECT_THAT(complaint(Gguf().head(0, 0, 99).bytes() + std::string(64, '\0')), HasSubstr("version 99"));
  EXPECT_THAT(complaint(Gguf().head(0, 1).text("k").number<std::uint32_t>(77).bytes() + std::string(64, '\0')),
              HasSubstr("unknown type"));
  EXPECT_THAT(
      complaint(
          Gguf().head(0, 2).text_value("general.architecture", "llama").u32_value("general.alignment", 0).bytes()),
      HasSubstr("alignment"));
  EXPECT_THAT(complaint(Gguf().head(0, 1).text_value("general.name", "x").bytes() + std::string(64, '\0')),
              HasSubstr("names no architecture"));
}

TEST_F(GgufFile, SaysWhatAFileIsInstead) {
  EXPECT_THAT(complaint("PK\x03\x04 and more"), HasSubstr("zip archive"));
  EXPECT_THAT(complaint("<!DOCTYPE html><html>"), HasSubstr("web page"));
  EXPECT_THAT(complaint("<html><body>Not found</body>"), HasSubstr("web page"));
  EXPECT_THAT(complaint("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), HasSubstr("Git LFS pointer"));
  EXPECT_THAT(complaint(""), HasSubstr("empty"));
  EXPECT_THAT(complaint("GG"), HasSubstr("not a GGUF"));
  EXPECT_EQ(inspect_gguf(folder_.path() / "nothing.gguf").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace entente::models
