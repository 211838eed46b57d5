#include "gateway/decided.hpp"

#include "audit/entries/disclosure.hpp"
#include "policy/record.hpp"

namespace entente::gateway {

store::Decided decided(const policy::Decision& decision, std::string_view question) {
  store::Decided out{.text = {}, .candidates = policy::candidate_texts(decision), .secret = audit::new_salt()};
  audit::Tree tree = audit::seal_texts(out.candidates, out.secret);
  out.text = policy::decision_text(decision, question, out.candidates.size(), tree.root);
  return out;
}

}  // namespace entente::gateway
