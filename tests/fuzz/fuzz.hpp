// What every fuzzer here shares. A fuzzer is one file: it takes bytes, gives them to a parser, and checks what must
// hold of whatever the parser accepts, in words of its own rather than with the parser's helpers. A property that does
// not hold ends the process, which is how libFuzzer (./dev fuzz) and the replay of the corpora (./dev test) learn of
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace entente::fuzz {

inline void require(bool holds, std::string_view property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(property.size()), property.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What a person is shown when the input is refused: a sentence, in UTF-8, that does not repeat the whole input.
inline void require_good_refusal(const Error& error, std::size_t longest_message = 1000) {
  require(error.code == ErrorCode::invalid_request || error.code == ErrorCode::not_found,
          "bad input is the client's mistake");
  require(!error.message.empty(), "a refusal says something");
  require(error.message.size() <= longest_message, "a refusal is short");
  require(find_invalid_utf8(error.message) == std::string_view::npos, "a refusal's message is UTF-8");
  require(find_invalid_utf8(error.param) == std::string_view::npos, "a refusal's parameter is UTF-8");
}

}  // namespace entente::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
