// Line kind: what a line of the log is, from its beginning alone. That it can be read as that, its parser says.
//
// Pure, any thread.
#pragma once

#include <optional>
#include <string_view>

namespace entente::audit {

enum class LineKind {
  act,        // of the operator (act.hpp)
  entry,      // of an attempt or a refusal (entry.hpp); the only ones that stand in a lane
  erasure,    // erasure.hpp
  head,       // of a day (day_head.hpp)
  statement,  // statement.hpp
};

// None: what no line of a log begins like.
std::optional<LineKind> kind_of_line(std::string_view line);

}  // namespace entente::audit
