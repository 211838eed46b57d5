// local/libllama/picture_size.hpp: reads no byte that is not there, and what it says does not change when more follows.
#include <string>

#include "fuzz.hpp"
#include "local/libllama/picture_size.hpp"

using namespace entente;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view file = fuzz::text_of(data, size);
  auto found = local::picture_size(file);
  if (!found) return 0;
  fuzz::require(found->width <= UINT32_MAX && found->pixels() / (found->height ? found->height : 1) <= found->width,
                "a size is one");
  fuzz::require(local::picture_size(std::string(file) + "more") == found, "a picture's size stands at its beginning");
  return 0;
}
