// What members of requests can do to whoever is asked: a table, one row for each member that a dialect's codec knows. A
// test holds it against the codecs, so that no member is read, or passed over, whose class nobody has thought of.
//
// Members that no row has are refused by name, but in dialects that some deployments speak, too: there they go on to
// those, where no policy applies (Fields::pass()). Pure data.
#pragma once

#include <span>
#include <string_view>

namespace entente::wire {

enum class FieldClass {
  harmless,  // changes the answer, or nothing
  cost,      // changes what it costs
  leaves,    // lets something leave the deployment: searches of the web, other servers, other makers
  stores,    // lets something stay there, or reads what stayed
};

struct FieldRow {
  std::string_view dialect;  // "openai chat"
  std::string_view field;    // of the request's object: "web_search_options"
  FieldClass what;
  bool refused = false;  // whoever sends it is told that it is not done here
};

std::span<const FieldRow> field_rows();
const FieldRow* find_field(std::string_view dialect, std::string_view field);

}  // namespace entente::wire
