#include "audit/checkpoints/checkpoint.hpp"

#include <format>

#include "audit/forms/lines.hpp"
#include "base/encoding.hpp"

namespace entente::audit {

namespace {

constexpr std::string_view proof_header = "c2sp.org/tlog-proof@v1";
constexpr std::size_t longest_proof = 63;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::invalid_request, std::move(message)); }

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return std::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.tree.size, to_base64(checkpoint.tree.root));
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  auto origin = take_line(text), size = take_line(text), root = take_line(text);
  if (!origin || origin->empty() || !size || !root)
    return wrong("A checkpoint has three lines: the name of the log, the size of the tree, its root.");
  auto number = parse_number(*size);
  auto hash = parse_hash(*root);
  if (!number) return wrong("The size of the checkpoint is not a number.");
  if (!hash) return wrong("The root of the checkpoint is not a hash in base64.");
  return Checkpoint{.origin = std::string(*origin), .tree = {.size = *number, .root = *hash}};
}

Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& log) {
  TRY_ASSIGN(std::string text, open_note(note, {&log, 1}));
  TRY_ASSIGN(Checkpoint checkpoint, parse_checkpoint(text));
  if (checkpoint.origin != log.name())
    return wrong(std::format("The checkpoint is of the log {}, not of {}.", checkpoint.origin, log.name()));
  return checkpoint;
}

std::string proof_file_text(const ProofFile& file) {
  std::string out = std::format("{}\nindex {}\n", proof_header, file.index);
  for (const Digest& hash : file.proof) out += to_base64(hash) + "\n";
  return out + "\n" + file.checkpoint;
}

Result<ProofFile> parse_proof_file(std::string_view text) {
  if (take_line(text) != proof_header) return wrong(std::format("A proof begins with the line {}.", proof_header));
  ProofFile file;
  auto line = take_line(text);
  if (line && line->starts_with("extra ")) line = take_line(text);  // authenticated by nobody: not for us
  constexpr std::string_view index = "index ";
  auto number = line && line->starts_with(index) ? parse_number(line->substr(index.size())) : std::nullopt;
  if (!number) return wrong("The proof does not say the index of its entry.");
  file.index = *number;
  while ((line = take_line(text)) && !line->empty()) {
    auto hash = parse_hash(*line);
    if (!hash || file.proof.size() == longest_proof) return wrong("A line of the proof is not a hash in base64.");
    file.proof.push_back(*hash);
  }
  if (!line) return wrong("The proof ends before its checkpoint.");
  file.checkpoint = text;
  return file;
}

Result<Checkpoint> check_proof_file(const ProofFile& file, const Digest& entry_hash, const NoteVerifier& log) {
  TRY_ASSIGN(Checkpoint checkpoint, open_checkpoint(file.checkpoint, log));
  TRY(check_inclusion(entry_hash, file.index, checkpoint.tree, file.proof));
  return checkpoint;
}

}  // namespace entente::audit
