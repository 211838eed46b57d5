#include "local/machine/read_through.hpp"

#include <algorithm>
#include <format>
#include <fstream>
#include <vector>

namespace entente::local {

Result<> read_through(const std::filesystem::path& file, std::uint64_t bytes,
                      const std::function<bool(float)>& progress) {
  std::ifstream in(file, std::ios::binary);
  std::error_code failure;
  std::uint64_t size = std::filesystem::file_size(file, failure), done = 0;
  if (!in || failure) {
    return fail({.code = ErrorCode::unavailable,
                 .message = std::format("The model file {} cannot be read. Is it still there? Pull or import the model "
                                        "again.",
                                        file.filename().string()),
                 .reason = "model_not_loaded"});
  }
  size = std::min(size, bytes);
  std::vector<char> piece(4 * 1024 * 1024);
  while (done < size && (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)) {
    done += static_cast<std::uint64_t>(in.gcount());
    if (!progress(static_cast<float>(done) / static_cast<float>(size)))
      return fail(ErrorCode::cancelled, "The loading was stopped.");
  }
  return {};
}

}  // namespace entente::local
