#include "local/libllama/picture_size.hpp"

namespace entente::local {

namespace {

constexpr std::string_view png = "\x89PNG\r\n\x1a\n", jpeg = "\xff\xd8";

std::uint32_t byte(std::string_view file, std::size_t at) { return static_cast<unsigned char>(file[at]); }
std::uint32_t two(std::string_view file, std::size_t at) { return byte(file, at) << 8 | byte(file, at + 1); }
std::uint32_t four(std::string_view file, std::size_t at) { return two(file, at) << 16 | two(file, at + 2); }

// The first chunk is the header: length, "IHDR", width, height.
std::optional<PictureSize> of_png(std::string_view file) {
  if (file.size() < 24 || file.substr(12, 4) != "IHDR") return std::nullopt;
  return PictureSize{.width = four(file, 16), .height = four(file, 20)};
}

// Segments follow one another, each with its length, until one that begins a frame.
std::optional<PictureSize> of_jpeg(std::string_view file) {
  std::size_t at = jpeg.size();
  while (at + 4 <= file.size()) {
    if (byte(file, at) != 0xff) return std::nullopt;
    std::uint32_t kind = byte(file, at + 1);
    if (kind == 0xff) {  // filling
      ++at;
      continue;
    }
    if (kind == 0x01 || (kind >= 0xd0 && kind <= 0xd8)) {  // stands alone
      at += 2;
      continue;
    }
    bool frame = kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
    if (frame) {
      if (at + 9 > file.size()) return std::nullopt;
      return PictureSize{.width = two(file, at + 7), .height = two(file, at + 5)};
    }
    if (kind == 0xd9 || kind == 0xda) return std::nullopt;  // the end, or the picture itself, without a frame
    std::uint32_t length = two(file, at + 2);
    if (length < 2) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PictureSize> picture_size(std::string_view file) {
  if (file.starts_with(png)) return of_png(file);
  if (file.starts_with(jpeg)) return of_jpeg(file);
  return std::nullopt;
}

}  // namespace entente::local
