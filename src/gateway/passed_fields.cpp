#include "gateway/passed_fields.hpp"

#include <algorithm>
#include <format>
#include <variant>

#include "gateway/addresses.hpp"

namespace entente::gateway {

namespace {

const PassedFields* passed_with(const Work& work) {
  const Chat* chat = conversation_in(work);
  return chat ? chat->passed.get() : nullptr;
}

}  // namespace

std::vector<std::string> passed_names(const Work& work) {
  std::vector<std::string> names;
  if (const PassedFields* passed = passed_with(work)) {
    for (const PassedField& field : passed->fields) names.push_back(field.name);
  }
  return names;
}

std::optional<Error> refusal_of_passed_fields(const Work& work, const policy::Decision& decision) {
  const PassedFields* passed = passed_with(work);
  if (!passed || decision.applied.empty() || !may_leave(decision)) return std::nullopt;
  auto unclassed = std::ranges::find(passed->fields, false, &PassedField::classed);
  if (unclassed == passed->fields.end()) return std::nullopt;
  return Error{
      .code = ErrorCode::forbidden,
      .message = std::format("What '{}' would have a maker do is not known here, and the policy '{}' applies to "
                             "this request: leave it out.",
                             unclassed->name, decision.applied_names.front()),
      .reason = "unknown_field_not_allowed",
      .param = unclassed->name};
}

}  // namespace entente::gateway
