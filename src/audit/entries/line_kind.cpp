#include "audit/entries/line_kind.hpp"

#include <utility>

namespace entente::audit {

// Every line begins with its time; the name of the member behind it tells.
std::optional<LineKind> kind_of_line(std::string_view line) {
  static constexpr std::pair<std::string_view, LineKind> beginnings[] = {{"attempt\"", LineKind::entry},
                                                                         {"by\"", LineKind::act},
                                                                         {"day\"", LineKind::head},
                                                                         {"erased\"", LineKind::erasure},
                                                                         {"kind\"", LineKind::statement}};
  std::size_t end_of_time = line.find(",\"");
  if (end_of_time == std::string_view::npos) return std::nullopt;
  line.remove_prefix(end_of_time + 2);
  for (const auto& [beginning, kind] : beginnings) {
    if (line.starts_with(beginning)) return kind;
  }
  return std::nullopt;
}

}  // namespace entente::audit
