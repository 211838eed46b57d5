// multipart/form-data, as browsers and SDKs upload files with (RFC 7578): the parts of a body that came whole. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace entente::wire {

struct FormPart {
  std::string name;
  std::string filename;  // empty: it is no file
  std::string_view content;
};

// `content_type`: the request's header, which says what stands between the parts. The parts' contents stay in `body`.
Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace entente::wire
