#include "models/source.hpp"

#include <gmock/gmock.h>

#include "models/model_store.hpp"
#include "models/test_gguf.hpp"

namespace entente::models {
namespace {

using testing::HasSubstr;
using Kind = Source::Kind;

Source understood(std::string_view text, const Hub& hub = {}) {
  auto source = understand_source(text, hub);
  EXPECT_TRUE(source) << text << ": " << (source ? "" : source.error().message);
  return source.value_or(Source{});
}

std::string complaint(std::string_view text) {
  auto source = understand_source(text, {});
  return source ? "it was understood" : source.error().message;
}

TEST(ModelSource, AFileOfARepositoryInEverySpelling) {
  constexpr const char* url = "https://huggingface.co/owner/Repo-GGUF/resolve/main/Repo-1B.Q4_K_M.gguf";
  for (std::string_view text : {"owner/Repo-GGUF/Repo-1B.Q4_K_M.gguf", "hf.co/owner/Repo-GGUF/Repo-1B.Q4_K_M.gguf",
                                "https://huggingface.co/owner/Repo-GGUF/resolve/main/Repo-1B.Q4_K_M.gguf?download=true",
                                "https://huggingface.co/owner/Repo-GGUF/blob/main/Repo-1B.Q4_K_M.gguf"}) {
    Source source = understood(text);
    EXPECT_EQ(source.kind, Kind::hub_file) << text;
    EXPECT_EQ(source.location, url) << text;
    EXPECT_EQ(source.name, "repo-1b:q4_k_m") << text;
  }
}

TEST(ModelSource, FoldersAndOddCharactersStayInTheUrl) {
  Source source = understood("o/r/folder/a model+1.gguf");
  EXPECT_EQ(source.location, "https://huggingface.co/o/r/resolve/main/folder/a%20model%2B1.gguf");
}

TEST(ModelSource, AQuantisationOfARepositoryIsToBeLookedUp) {
  Source source = understood("owner/Repo-Instruct-GGUF:Q4_K_M");
  EXPECT_EQ(source.kind, Kind::hub_quantisation);
  EXPECT_EQ(source.repository, "owner/Repo-Instruct-GGUF");
  EXPECT_EQ(source.quantisation, "Q4_K_M");
  EXPECT_EQ(source.name, "repo-instruct:q4_k_m");
}

TEST(ModelSource, AnotherHub) {
  Hub hub{.endpoint = "https://hub.example.org", .token = {}};
  EXPECT_EQ(understood("o/r/f.gguf", hub).location, "https://hub.example.org/o/r/resolve/main/f.gguf");
}

TEST(ModelSource, UrlsAndFiles) {
  Source source = understood("https://example.org/models/Tiny-F16.gguf?x=1");
  EXPECT_EQ(source.kind, Kind::url);
  EXPECT_EQ(source.location, "https://example.org/models/Tiny-F16.gguf?x=1");
  EXPECT_EQ(source.name, "tiny:f16");

  TestFolder folder;
  auto file = folder.write("Local Model.gguf", "");
  EXPECT_EQ(understood(file.string()).kind, Kind::file);
  EXPECT_EQ(understood(file.string()).name, "local-model");
}

TEST(ModelSource, EveryNameMadeFromAFileIsANameTheStoreTakes) {
  for (std::string_view file : {"a.gguf", "SmolLM2-135M-Instruct.Q4_1.gguf", "...gguf", "Ünïcode-Modell.IQ4_XS.gguf",
                                "-.gguf", "x-BF16.gguf", "gpt-oss-20b-mxfp4.gguf", "q4.gguf", ""}) {
    std::string name = name_for_file(file);
    EXPECT_TRUE(check_model_name(name)) << file << " -> " << name;
  }
  EXPECT_EQ(name_for_file("SmolLM2-135M-Instruct.Q4_1.gguf"), "smollm2-135m-instruct:q4_1");
  EXPECT_EQ(name_for_file("gpt-oss-20b-mxfp4.gguf"), "gpt-oss-20b:mxfp4");
  EXPECT_EQ(name_for_file("qwen-2.5-7b.gguf"), "qwen-2.5-7b") << "a size is no quantisation";
  EXPECT_TRUE(check_model_name(name_for_file(std::string(500, 'x') + ".Q4_K_M.gguf")));
}

TEST(ModelSource, WhatIsMissingIsSaid) {
  EXPECT_THAT(complaint("smollm2:135m"), HasSubstr("models import"));
  EXPECT_THAT(complaint("smollm:135m"), HasSubstr("did you mean smollm2:135m"));
  EXPECT_THAT(complaint("owner/repo"), HasSubstr("may hold many files"));
  EXPECT_THAT(complaint("owner/repo:"), HasSubstr("quantisation is missing"));
  EXPECT_THAT(complaint("owner/repo/file.safetensors"), HasSubstr("not a .gguf"));
  EXPECT_THAT(complaint("owner/repo/big-00001-of-00003.gguf"), HasSubstr("several files"));
  EXPECT_THAT(complaint("owner/../../etc/x.gguf"), HasSubstr("no path into a model hub"));
  EXPECT_THAT(complaint("./nothing.gguf"), HasSubstr("There is no file"));
}

}  // namespace
}  // namespace entente::models
