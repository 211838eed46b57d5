// `entente receipt disclose`: a receipt that says less, for whoever it is passed on to.
#include "audit/receipt.hpp"

#include <cstdio>

#include "app/commands/verify.hpp"
#include "app/output.hpp"

namespace entente::app {

int receipt_disclose(const Common& common, const DiscloseWanted& wanted) {
  auto disclosed = [&]() -> Result<audit::Receipt> {
    TRY_ASSIGN(std::string text, text_in(wanted.receipt));
    TRY_ASSIGN(audit::Receipt receipt, audit::parse_receipt(text));
    return audit::disclose_only(std::move(receipt), wanted.only,
                                wanted.without_policies ? audit::PolicyTexts::left_out : audit::PolicyTexts::kept);
  }();
  if (!disclosed) return report(disclosed.error(), common.json);
  std::printf("%s\n", audit::receipt_text(*disclosed).c_str());
  return 0;
}

}  // namespace entente::app
