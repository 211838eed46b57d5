#include "audit/checkpoints/add_checkpoint.hpp"

#include <algorithm>
#include <format>

#include "audit/forms/lines.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::size_t longest_proof = 63;
constexpr std::string_view old = "old ";

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

}  // namespace

std::string add_checkpoint_text(const AddCheckpoint& request) {
  std::string out = std::format("{}{}\n", old, request.old_size);
  for (const Digest& hash : request.proof) out += to_base64(hash) + "\n";
  return out + "\n" + request.checkpoint;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  AddCheckpoint request;
  auto line = take_line(body);
  auto size = line && line->starts_with(old) ? parse_number(line->substr(old.size())) : std::nullopt;
  if (!size) return wrong("The first line must be 'old SIZE', the size being a number.");
  request.old_size = *size;
  while ((line = take_line(body)) && !line->empty()) {
    auto hash = parse_hash(*line);
    if (!hash) return wrong("A line of the consistency proof is not a hash in base64.");
    if (request.proof.size() == longest_proof)
      return wrong(std::format("The consistency proof has more than {} lines.", longest_proof));
    request.proof.push_back(*hash);
  }
  if (!line) return wrong("The request ends before its checkpoint: an empty line and a signed note.");
  request.checkpoint = body;
  return request;
}

Judged identify(const AddCheckpoint& request, std::span<const NoteVerifier> logs, Submitted& submitted) {
  auto parts = split_note(request.checkpoint);
  auto checkpoint = parts ? parse_checkpoint(parts->text) : std::unexpected(parts.error());
  if (!checkpoint) return {.judgement = Judgement::malformed, .says = checkpoint.error().message};
  bool known = false;
  std::vector<std::string> lines;
  for (const NoteVerifier& log : logs) {
    if (log.name() != checkpoint->origin) continue;
    known = true;
    const std::string* line = nullptr;
    for (const NoteSignature& signature : parts->signatures) {
      auto made = log.has_made(signature, parts->text);
      if (!made) return {.judgement = Judgement::unsigned_, .says = made.error().message};
      if (*made) line = &signature.line;
    }
    if (line) lines.push_back(*line);
  }
  if (!known) {
    return {.judgement = Judgement::unknown_log,
            .says = std::format("The log {} is not witnessed here.", shortened(checkpoint->origin, 200))};
  }
  if (lines.empty()) {
    return {.judgement = Judgement::unsigned_,
            .says = "The checkpoint is not signed by the key that is known here for its log."};
  }
  submitted = {.checkpoint = *std::move(checkpoint), .text = std::move(parts->text), .signatures = std::move(lines)};
  return {};
}

Judged judge_growth(const AddCheckpoint& request, const Checkpoint& submitted, const Tree& known) {
  const Tree& tree = submitted.tree;
  if (request.old_size > tree.size) {
    return {.judgement = Judgement::malformed,
            .says = std::format("The old size {} is beyond the checkpoint's {}.", request.old_size, tree.size)};
  }
  if (request.old_size != known.size) {
    return {.judgement = Judgement::other_size,
            .says = std::format("The checkpoint that was cosigned last has {} entries, not {}.", known.size,
                                request.old_size)};
  }
  if (tree.size == 0 && tree.root != Tree{}.root)
    return {.judgement = Judgement::inconsistent, .says = "The root of an empty tree is another one."};
  if (auto consistent = check_consistency(known, tree, request.proof); !consistent)
    return {.judgement = Judgement::inconsistent, .says = consistent.error().message};
  return {};
}

}  // namespace entente::audit
