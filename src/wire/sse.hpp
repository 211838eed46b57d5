// Server-sent events as they are written: an optional name and one line of JSON. Reference: WHATWG HTML, section 9.2.
#pragma once

#include <string>
#include <string_view>

namespace entente::wire {

// `write` appends the JSON of the data line, which holds no line break.
template <class Write>
void append_sse(std::string& out, std::string_view name, Write write) {
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  out += "data: ";
  write(out);
  out += "\n\n";
}

}  // namespace entente::wire
