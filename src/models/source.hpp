// Source: what a person wrote behind `models pull`, understood: a model known by name, a file on this machine, a URL,
// or a path into a model hub in Hugging Face's style.
//
//   smollm2:135m                                  a name of the catalogue
//   ./model.gguf  /data/model.gguf                a file
//   https://example.org/model.gguf                a URL
//   owner/repo/file.gguf  hf.co/owner/repo/…      one file of a repository
//   owner/repo:Q4_K_M                             the file of that quantisation in a repository, to be looked up
//
// Pure but for looking whether a file is there. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente::models {

// Where a hub is and who asks there. The token goes to that host and no other.
struct Hub {
  std::string endpoint = "https://huggingface.co";  // without a slash at its end
  std::string token;                                // empty: as anybody
};

struct Source {
  enum class Kind { file, url, hub_file, hub_quantisation } kind = Kind::url;
  std::string location;      // the path of a file, or the URL
  std::string repository;    // "owner/repo", for the hub kinds
  std::string quantisation;  // "Q4_K_M", for hub_quantisation
  std::string sha256;        // known beforehand; empty otherwise
  std::uint64_t bytes = 0;   // known beforehand; 0 otherwise
  std::string name;          // a good name for it here
};

Result<Source> understand_source(std::string_view text, const Hub& hub);

// From a file's name: "SmolLM2-135M-Instruct.Q4_1.gguf" -> "smollm2-135m-instruct:q4_1".
std::string name_for_file(std::string_view file_name);

// https://host/owner/repo/resolve/main/file.gguf
std::string hub_file_url(const Hub& hub, std::string_view repository, std::string_view file);

}  // namespace entente::models
