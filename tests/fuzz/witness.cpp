// audit/checkpoints/add_checkpoint.hpp and audit/checkpoints/tlog_policy.hpp: what anybody may send to a witness has
// one spelling and is cosigned only under a signature; a policy that is taken can be met by all of its witnesses, by no
// one only where it says so, and never less by more.
#include <set>

#include "audit/checkpoints/add_checkpoint.hpp"
#include "audit/checkpoints/tlog_policy.hpp"
#include "fuzz.hpp"

using namespace entente;
using namespace entente::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  static const audit::NoteSigner log("example.org/log", audit::Seed{});
  static const audit::NoteVerifier key = log.verifier();
  if (auto request = audit::parse_add_checkpoint(text)) {
    require(audit::add_checkpoint_text(*request) == text, "a request has one spelling");
    require(request->proof.size() <= 63, "a proof is no longer than any tree needs");
    audit::Submitted submitted;
    audit::Judged judged = audit::identify(*request, {&key, 1}, submitted);
    require(judged.says.empty() == (judged.judgement == audit::Judgement::consistent), "a refusal says why");
    require(judged.says.size() <= 1000, "and is short");
    if (judged.judgement == audit::Judgement::consistent) {
      require(submitted.signatures.size() == 1 && submitted.checkpoint.origin == key.name(), "it is signed by its log");
      require(audit::open_checkpoint(request->checkpoint, key).has_value(), "which others see, too");
      judged = audit::judge_growth(*request, submitted.checkpoint, {});
      require(judged.judgement != audit::Judgement::consistent || request->old_size == 0,
              "the proof begins where we are");
    }
  } else {
    require_good_refusal(request.error());
  }
  if (auto policy = audit::TlogPolicy::parse(text)) {
    std::set<std::string> have;
    bool met = policy->met_by(have);
    for (const auto& witness : policy->witnesses()) {
      have.insert(witness.name);
      bool now = policy->met_by(have);
      require(now || !met, "one more witness is never less");
      met = now;
    }
    require(met, "all of them are enough");
    require(find_invalid_utf8(policy->quorum_in_words()) == std::string_view::npos, "its words can be shown");
    for (const audit::NoteVerifier& listed : policy->logs())
      require(audit::accepts_log(*policy, listed), "it accepts its logs");
  } else {
    require_good_refusal(policy.error());
  }
  return 0;
}
