// OpenAI's files, as far as batches need them: an upload becomes a StoredFile, which is shown as an object, and kept as
// one with its owner. Reference: OpenAI API reference, "Files". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/multipart.hpp"

namespace entente::wire {

struct StoredFile {
  std::string id;  // "file_…"
  std::string name, purpose;
  std::string project;  // whose it is; not shown
  std::int64_t bytes = 0;
  std::int64_t created = 0;  // seconds since 1970
  std::int64_t expires = 0;
};

struct Upload {
  StoredFile file;  // name, purpose, bytes
  std::string_view content;
  std::int64_t lives = 0;  // seconds, where the client says so
};

Result<Upload> read_upload(const std::vector<FormPart>& form);

std::string encode_file(const StoredFile& file);
std::string encode_file_list(const std::vector<StoredFile>& files, bool more);
std::string encode_file_deleted(std::string_view id);

std::string encode_kept_file(const StoredFile& file);
Result<StoredFile> decode_kept_file(std::string_view json);

}  // namespace entente::wire
