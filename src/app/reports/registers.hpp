// Registers that the law asks for, as far as this server knows what stands in them: who had what processed where, from
// the ledger and the facts that the log states. A row each for what one project had done by one deployment.
//
// gdpr: the record of processing activities (GDPR art. 30(1)). dora: columns of the register of information (Commission
// Implementing Regulation (EU) 2024/2956, templates B_02.02 and B_07.01) that facts tell. What this server cannot know
// is a column without values, to be filled in by a person. Pure, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/records.hpp"

namespace entente::app {

enum class Register { gdpr, dora };

struct RegisterTable {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
};

// `on`: an ISO date; facts whose time was over on that day are unknown. Failure: a statement that cannot be read.
Result<RegisterTable> make_register(Register form, const std::vector<store::Processed>& processed,
                                    const std::vector<store::Stated>& facts, std::string_view on);

// RFC 4180.
std::string as_csv(const RegisterTable& table);
// A list of objects with the head's names.
std::string as_json(const RegisterTable& table);

}  // namespace entente::app
