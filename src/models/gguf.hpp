// What a model file says of itself: the header of a GGUF file, read strictly.
//
// inspect_gguf() reads the metadata and the table of tensors, never the weights, and checks that the file is long
// enough for every tensor. Hostile bytes give an Error: every count and length is bounded by the size of the file
// before anything is allocated. Format: ggml's docs/gguf.md, versions 2 and 3, little-endian. Blocking I/O, any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::models {

struct GgufInfo {
  std::string architecture;      // "llama"
  std::string name;              // general.name, may be empty
  std::string quantisation;      // "Q4_1"; "file type 99" when it is newer than we are
  std::string licence;           // general.license
  std::uint64_t parameters = 0;  // elements of all tensors
  std::uint64_t context_tokens = 0;
  std::uint64_t tensors = 0;
  std::uint64_t file_bytes = 0;
  bool has_chat_template = false;
  std::string chat_template;                            // unless it is longer than anybody's
  bool only_reads = false;                              // it makes vectors or scores, and answers nothing
  std::map<std::uint32_t, std::uint64_t> matrix_bytes;  // by ggml's type number: how the weights are packed

  bool template_has_tools() const { return chat_template.contains("tools"); }  // a place for them
};

// Whether bytes begin as a GGUF file does (four are enough); else what they seem to be. `what` names the file.
Result<> check_gguf_begin(std::string_view bytes, std::string_view what);

// Errors are invalid_request with a sentence for the person: what the file is instead, or how much of it is missing.
Result<GgufInfo> inspect_gguf(const std::filesystem::path& file);

}  // namespace entente::models
