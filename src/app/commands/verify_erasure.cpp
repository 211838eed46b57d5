// `entente verify ERASURE`: whether an erasure holds, and what it let go of.
#include <cstdio>
#include <format>

#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"
#include "audit/receipts/erasure.hpp"

namespace entente::app {

int verify_erasure(const Common& common, const VerifyWanted& wanted, const std::string& text) {
  Witnessed witnessed;
  std::string at;
  auto verified = [&]() -> Result<audit::ErasureRecord> {
    TRY_ASSIGN(audit::HeldEntry held, audit::parse_held(text));
    TRY_ASSIGN(CheckedBy by, checked_by(common, wanted));
    TRY_ASSIGN(audit::ErasureRecord record, audit::verify_held_erasure(held, by.key));
    TRY_ASSIGN(audit::Erasure erasure, audit::parse_erasure(held.entry.entry));
    at = erasure.at;
    TRY_ASSIGN(witnessed, look_at_witnesses(held.checkpoint, by.key, by.policy));
    return record;
  }();
  if (!verified) return report(verified.error(), common.json);
  std::vector<std::string> spans;
  for (const audit::EntrySpan& span : verified->entries) {
    spans.push_back(span.first == span.last ? std::to_string(span.first)
                                            : std::format("{} to {}", span.first, span.last));
  }
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object().key("at").string(at).key("cause").string(to_string(verified->cause));
    json.key("entries").number(verified->count()).key("ground").string(verified->ground);
    add_witnessed(json, witnessed);
    json.end_object();
    std::printf("%s\n", out.c_str());
    return witnessed.good() ? 0 : 1;
  }
  std::printf("erasure of %s\nsignature  holds\ncause      %s: %s\nentries    %lld of the log: %s\n", at.c_str(),
              verified->cause == audit::ErasureCause::subject ? "somebody asked" : "their time was over",
              verified->ground.c_str(), static_cast<long long>(verified->count()), joined(spans).c_str());
  print_witnessed(witnessed, 11);
  return witnessed.good() ? 0 : 1;
}

}  // namespace entente::app
