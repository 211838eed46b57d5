// Names that several dialects check alike: of the model that is asked for, of tools and of schemas. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "domain/tooling.hpp"
#include "wire/fields.hpp"

namespace entente::wire {

// "model". `from_path`: the dialect named it there already.
std::string read_model_name(Fields& body, std::string_view from_path = {});

// The same where it may be missing: nothing is chosen then.
std::string read_optional_model_name(Fields& body, std::string_view from_path = {});

// Letters, digits, _ and -, as every maker allows them.
std::string read_name(Fields& fields, std::string_view name = "name", std::size_t most = 64);

// How many tools there may be, and that no two have one name.
void check_tool_names(Fields& body, const std::vector<Tool>& tools);

}  // namespace entente::wire
