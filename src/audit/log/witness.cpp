#include "audit/log/witness.hpp"

#include <algorithm>
#include <format>

#include "base/encoding.hpp"

namespace entente::audit {

namespace {

std::string cosigned_path(std::string_view hash) { return std::format("cosigned/{}", hash); }

std::unexpected<Error> unreadable(const std::string& origin, std::string_view why) {
  return fail(
      {.code = ErrorCode::unavailable,
       .message = std::format("What was cosigned last of {} cannot be read, so nothing of it is cosigned: {} Put "
                              "the file witness/{} of the state folder back.",
                              origin, why, cosigned_path(origin_hash(origin))),
       .reason = "witness_state_damaged"});
}

}  // namespace

std::string origin_hash(std::string_view origin) { return to_hex(sha256(origin)); }

Result<Witness::Known> Witness::known(const std::string& origin) {
  TRY_ASSIGN(auto note, files_->read(cosigned_path(origin_hash(origin))));
  if (!note) return Known{};
  auto parts = split_note(*note);
  if (!parts) return unreadable(origin, parts.error().message);
  auto checkpoint = parse_checkpoint(parts->text);
  if (!checkpoint) return unreadable(origin, checkpoint.error().message);
  if (checkpoint->origin != origin) return unreadable(origin, "it is of another log.");
  Known known{.tree = checkpoint->tree, .at = {}};
  for (const CosignatureVerifier& ours : verifiers()) {
    for (const NoteSignature& signature : parts->signatures) {
      auto at = ours.time_of(signature, parts->text);
      if (!at) return unreadable(origin, at.error().message);
      if (*at) known.at = std::max(known.at, **at);
    }
  }
  return known;
}

Result<> Witness::keep_evidence(const std::string& origin, std::string_view note) {
  std::string path = std::format("contradictions/{}", origin_hash(origin));
  TRY_ASSIGN(auto kept, files_->read(path));
  if (kept) return {};  // the first is proof enough, and the folder does not grow
  return files_->write(path, note);
}

Result<WitnessAnswer> Witness::add_checkpoint(std::string_view body, std::span<const NoteVerifier> logs, Instant now) {
  auto answer_of = [](Judged judged) {
    WitnessAnswer answer;
    answer.judgement = judged.judgement;
    answer.says = std::move(judged.says);
    return answer;
  };
  auto request = parse_add_checkpoint(body);
  if (!request) return answer_of({.judgement = Judgement::malformed, .says = request.error().message});
  Submitted submitted;
  if (Judged judged = identify(*request, logs, submitted); judged.judgement != Judgement::consistent)
    return answer_of(std::move(judged));

  // From here on one after the other: what is compared is what is replaced.
  std::lock_guard lock(mutex_);
  const std::string& origin = submitted.checkpoint.origin;
  TRY_ASSIGN(Known last, known(origin));
  WitnessAnswer answer = answer_of(judge_growth(*request, submitted.checkpoint, last.tree));
  answer.known = last.tree.size;
  answer.origin = origin;
  answer.submitted = request->checkpoint;
  const Tree& tree = submitted.checkpoint.tree;
  answer.contradiction = tree.size == last.tree.size && tree.root != last.tree.root;
  if (answer.contradiction) TRY(keep_evidence(origin, request->checkpoint));
  if (answer.judgement != Judgement::consistent) return answer;

  // A clock that was set back must not make the newer of two checkpoints the older one.
  auto at = std::max(last.at, std::chrono::floor<std::chrono::seconds>(now));
  answer.cosignatures = ed25519_.cosign(submitted.text, at);
  if (auto line = mldsa_.cosign(submitted.text, at)) answer.cosignatures += *line;
  std::string note = submitted.text + "\n";
  for (const std::string& line : submitted.signatures) note += line;
  TRY(files_->write(cosigned_path(origin_hash(origin)), note + answer.cosignatures));
  answer.known = tree.size;
  return answer;
}

Result<std::optional<std::string>> Witness::checkpoint(std::string_view hash) {
  bool is_hash = hash.size() == 64 && hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!is_hash) return std::nullopt;
  return files_->read(cosigned_path(hash));
}

}  // namespace entente::audit
