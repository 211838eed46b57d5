// A chat model as a judge of texts: what it is asked, and what its answer says in OpenAI's categories.
//
// Llama Guard has its own way: its template turns a conversation into the question, and it answers "safe", or "unsafe"
// and the codes of MLCommons' hazards (S1 to S14; model card of Llama Guard 3). Some of those have no category of
// OpenAI's (S6, S7, S8, S13): then only `flagged` says it. Any other model is asked for one boolean a category, under a
// schema. Either says yes or no: scores are 1 and 0. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "domain/work.hpp"

namespace entente::wire {

enum class GuardForm { llama_guard, schema };

// By the maker's name of the model: "llama-guard3:1b", "meta-llama/Llama-Guard-4-12B".
GuardForm guard_form_of(std::string_view model);

Chat ask_guard(std::string_view model, const std::vector<Part>& input, GuardForm form);

// upstream_failed when the answer is no judgement. `index` and what was looked at are the caller's to fill in.
Result<Judgement> read_guard(std::string_view answer, GuardForm form);

}  // namespace entente::wire
