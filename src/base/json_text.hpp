// Writing small JSON by hand where a codec library would be too much: log lines, health pages. Reading JSON belongs to
// wire/. Pure.
#pragma once

#include <string>
#include <string_view>

namespace entente {

// Appends `text` as a JSON string with its quotes (RFC 8259 section 7). Malformed UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace entente
