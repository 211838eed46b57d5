// Whose cosignatures a checkpoint has, for `entente verify`: judged by a policy of the person's own, or only named.
#include <cstdio>
#include <format>

#include "app/commands/verify.hpp"
#include "app/terminal/output.hpp"
#include "base/encoding.hpp"

namespace entente::app {

namespace {

std::string time_of(std::chrono::sys_seconds at) { return std::format("{:%FT%TZ}", at); }

}  // namespace

Result<std::optional<audit::TlogPolicy>> read_policy(const std::filesystem::path& file) {
  if (file.empty()) return std::nullopt;
  TRY_ASSIGN(std::string text, text_in(file));
  auto policy = audit::TlogPolicy::parse(text);
  if (!policy) return fail(ErrorCode::invalid_request, std::format("{}: {}", file.string(), policy.error().message));
  return *std::move(policy);
}

Result<audit::NoteVerifier> checking_key(const VerifyWanted& wanted, const std::optional<audit::TlogPolicy>& policy,
                                         const std::filesystem::path& folder) {
  if (wanted.key.empty() && policy && policy->logs().size() == 1) return policy->logs().front();
  TRY_ASSIGN(audit::NoteVerifier log, log_key(wanted.key, folder));
  if (policy && !audit::accepts_log(*policy, log))
    return fail(ErrorCode::invalid_request,
                std::format("{} lists other logs than {}.", wanted.policy.string(), log.text()));
  return log;
}

Result<CheckedBy> checked_by(const Common& common, const VerifyWanted& wanted) {
  std::filesystem::path own;
  if (wanted.key.empty()) {
    TRY_ASSIGN(own, own_log(common));
  }
  TRY_ASSIGN(auto policy, read_policy(wanted.policy));
  TRY_ASSIGN(audit::NoteVerifier key, checking_key(wanted, policy, own));
  return CheckedBy{.policy = std::move(policy), .key = std::move(key)};
}

Result<Witnessed> look_at_witnesses(const std::string& note, const audit::NoteVerifier& log,
                                    const std::optional<audit::TlogPolicy>& policy) {
  Witnessed out;
  if (policy) {
    out.judged = true;
    out.needed = policy->quorum_in_words();
    TRY_ASSIGN(out.quorum, audit::judge_quorum(*policy, note));
    return out;
  }
  TRY_ASSIGN(audit::NoteParts parts, audit::split_note(note));
  for (const audit::NoteSignature& signature : parts.signatures) {
    if (signature.name == log.name()) continue;  // the log's own, of whatever kind: no witness
    auto at = audit::stated_time(signature);
    out.unjudged.push_back(std::format("{}+{}{}", signature.name, to_hex(as_bytes(signature.bytes.substr(0, 4))),
                                       at ? std::format(" ({})", time_of(*at)) : ""));
  }
  return out;
}

void print_witnessed(const Witnessed& witnessed, int width) {
  auto line = [width](std::string_view heading, const std::string& says) {
    std::printf("%-*s%s\n", width, std::string(heading).c_str(), says.c_str());
  };
  if (!witnessed.judged) {
    if (!witnessed.unjudged.empty())
      line("witnesses", std::format("not judged, for that needs --policy: {}", joined(witnessed.unjudged)));
    return;
  }
  std::vector<std::string> cosigned;
  cosigned.reserve(witnessed.quorum.cosigned.size());
  for (const auto& one : witnessed.quorum.cosigned)
    cosigned.push_back(std::format("{} ({})", one.witness, time_of(one.at)));
  line("witnesses", std::format("{}: {} needed; cosigned by {}",
                                witnessed.quorum.met ? "the quorum is met" : "THE QUORUM IS NOT MET", witnessed.needed,
                                cosigned.empty() ? "nobody" : joined(cosigned)));
  if (!witnessed.quorum.missing.empty()) line("", std::format("missing: {}", joined(witnessed.quorum.missing)));
}

void add_witnessed(wire::JsonWriter& json, const Witnessed& witnessed) {
  json.key("witnesses").begin_object().key("judged").boolean(witnessed.judged);
  if (witnessed.judged) {
    json.key("quorum_met").boolean(witnessed.quorum.met).key("needed").string(witnessed.needed);
    json.key("cosigned").begin_array();
    for (const auto& one : witnessed.quorum.cosigned) json.string(one.witness);
    json.end_array().key("missing").begin_array();
    for (const std::string& name : witnessed.quorum.missing) json.string(name);
    json.end_array();
  } else {
    json.key("unjudged").begin_array();
    for (const std::string& name : witnessed.unjudged) json.string(name);
    json.end_array();
  }
  json.end_object();
}

}  // namespace entente::app
