#include "base/json_text.hpp"

#include <format>
#include <iterator>

#include "base/encoding.hpp"

namespace entente {

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    std::size_t bad = find_invalid_utf8(text);
    for (char c : text.substr(0, bad)) {
      switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
          if (static_cast<unsigned char>(c) < 0x20) {
            std::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
          } else {
            out += c;
          }
      }
    }
    if (bad == std::string_view::npos) break;
    out += "\xEF\xBF\xBD";
    text.remove_prefix(bad + 1);
  }
  out += '"';
}

}  // namespace entente
