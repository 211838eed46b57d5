// models/gguf.hpp: whatever a model file's header claims, inspecting it ends quickly, in little memory, and what is
// accepted fits into the file.
#include "models/gguf.hpp"

#include <format>

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.hpp"

using namespace entente;
using namespace entente::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("gguf", MFD_CLOEXEC);
  require(file >= 0 && ftruncate(file, 0) == 0, "there is a file in memory");
  require(pwrite(file, data, size, 0) == static_cast<ssize_t>(size), "the file is written");

  auto info = models::inspect_gguf(std::format("/proc/self/fd/{}", file));
  if (!info) {
    require_good_refusal(info.error());
    return 0;
  }
  require(text_of(data, size).starts_with("GGUF"), "only GGUF files are accepted");
  require(!info->architecture.empty(), "an accepted file names its architecture");
  require(info->file_bytes == size, "the size is the file's");
  require(info->tensors <= size / 24, "every tensor's entry is in the file");
  require(info->architecture.size() + info->name.size() + info->licence.size() <= size, "texts come from the file");
  require(find_invalid_utf8(info->architecture + info->name + info->licence) == std::string::npos, "texts are UTF-8");
  return 0;
}
