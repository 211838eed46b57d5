// How large a picture is, from its first bytes: before anybody decodes one, who may have made it so that it takes all
// memory. PNG (ISO/IEC 15948) and JPEG (ITU-T T.81), which every client sends. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace entente::local {

struct PictureSize {
  std::uint32_t width = 0, height = 0;  // pixels
  std::uint64_t pixels() const { return std::uint64_t{width} * height; }
  friend bool operator==(const PictureSize&, const PictureSize&) = default;
};

// Nothing: it is neither, or cut before it says.
std::optional<PictureSize> picture_size(std::string_view file);

}  // namespace entente::local
