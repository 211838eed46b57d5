// Bytes to text and back: hexadecimal, base64 in both alphabets, and the UTF-8 check that stands before everything a
// client sends. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace entente {

// The same bytes, seen the other way.
std::string_view as_text(std::span<const std::uint8_t> bytes);
std::span<const std::uint8_t> as_bytes(std::string_view text);

std::string to_hex(std::span<const std::uint8_t> bytes);
// URL-safe base64 (RFC 4648 section 5), without padding.
std::string to_base64url(std::span<const std::uint8_t> bytes);

// Ordinary base64 (RFC 4648 section 4), padded. Reading also takes it without padding; nothing when it is none.
std::string to_base64(std::span<const std::uint8_t> bytes);
std::optional<std::string> from_base64(std::string_view text);

// The offset of the first byte that is not well-formed UTF-8 (Unicode 16, table 3-7), or npos when all of it is.
std::size_t find_invalid_utf8(std::string_view text);

// How many bytes at the end of `text` begin a character whose remaining bytes have not come yet: 0 to 3.
std::size_t incomplete_utf8_tail(std::string_view text);

// The beginning of `text`, at most `most` bytes, no character cut in two: for messages that quote what a client sent.
std::string_view shortened(std::string_view text, std::size_t most = 64);

}  // namespace entente
