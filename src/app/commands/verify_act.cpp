// `entente verify ACT`: whether what the operator did is in the log, and what it was.
#include <cstdio>
#include <format>

#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"

namespace entente::app {

std::string act_in_words(const audit::ActRecord& act) {
  switch (act.kind) {
    case audit::ActKind::key_created:
      return std::format("operator   {}: made the key {} ({})", act.at, act.about, act.says);
    case audit::ActKind::key_revoked:
      return std::format("operator   {}: revoked the key {} ({})", act.at, act.about, act.says);
    case audit::ActKind::hold:
      return std::format("operator   {}: held what is recorded of subject {}: {}", act.at, act.about, act.says);
    case audit::ActKind::release: break;
  }
  return std::format("operator   {}: released what is recorded of subject {}", act.at, act.about);
}

int verify_act(const Common& common, const VerifyWanted& wanted, const std::string& text) {
  Witnessed witnessed;
  auto verified = [&]() -> Result<audit::ActRecord> {
    TRY_ASSIGN(audit::HeldEntry held, audit::parse_held(text));
    TRY_ASSIGN(CheckedBy by, checked_by(common, wanted));
    TRY_ASSIGN(audit::ActRecord record, audit::verify_held_act(held, by.key));
    TRY_ASSIGN(witnessed, look_at_witnesses(held.checkpoint, by.key, by.policy));
    return record;
  }();
  if (!verified) return report(verified.error(), common.json);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object().key("act").raw(audit::act_record_text(*verified));
    add_witnessed(json, witnessed);
    json.end_object();
    std::printf("%s\n", out.c_str());
  } else {
    std::printf("%s\nsignature  holds\n", act_in_words(*verified).c_str());
    print_witnessed(witnessed, 11);
  }
  return witnessed.good() ? 0 : 1;
}

}  // namespace entente::app
