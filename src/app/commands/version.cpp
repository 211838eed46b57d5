#include <cstdio>
#include <format>
#include <string>
#include <vector>

#include <boost/version.hpp>

#include "app/commands/commands.hpp"
#include "app/revision.hpp"
#include "app/terminal/output.hpp"
#include "base/crypto.hpp"
#include "local/libllama/versions.hpp"
#include "store/store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

#if defined(__clang__)
constexpr const char* compiler = "clang " __clang_version__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

}  // namespace

int version(const Common& common) {
  std::string boost = std::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
  const std::vector<std::pair<std::string, std::string>> parts = {
      {"entente", ENTENTE_VERSION},
      {"revision", std::string(git_revision())},
      {"compiler", compiler},
      {"boost", boost},
      {"libllama", std::string(local::llama_version())},
      {"ggml", std::string(local::ggml_version())},
      {"openssl", std::string(openssl_version())},
      {"sqlite", std::string(store::sqlite_version())},
  };
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object();
    for (const auto& [name, value] : parts) json.key(name).string(value);
    json.end_object();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  for (const auto& [name, value] : parts) {
    std::printf("%-10s %s\n", name.c_str(), value.empty() ? "unknown" : value.c_str());
  }
  return 0;
}

}  // namespace entente::app
