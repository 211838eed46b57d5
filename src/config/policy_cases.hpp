// Cases that policies must decide as somebody expects: what `entente policy test FILE` runs. TOML, one [[cases]] each.
// Pure but for load_policy_cases(), which reads one file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/principal.hpp"
#include "domain/work.hpp"

namespace entente::config {

struct PolicyCase {
  std::string name;
  Envelope work;        // model, labels, subject, policies, needs
  Principal principal;  // names only
  std::string text;     // what it says, for the labels that are found in it
  std::string on;       // ISO date; empty: today
  // What is expected; what is not stated is not looked at.
  std::optional<std::vector<std::string>> allow;  // these deployments and no others
  std::vector<std::string> refuse;                // these are not allowed
  std::string first;                              // is asked first
  std::string rule;                               // in the rule that refuses each of `refuse`
};

Result<std::vector<PolicyCase>> read_policy_cases(std::string_view text, std::string_view file_name);
Result<std::vector<PolicyCase>> load_policy_cases(const std::filesystem::path& file);

}  // namespace entente::config
