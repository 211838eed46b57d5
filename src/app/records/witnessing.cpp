#include "app/records/witnessing.hpp"

#include <utility>

#include "base/log.hpp"

namespace entente::app {

namespace {

// What an operator should hear of. Checkpoints that are merely too old come from any log that has just started.
void report(const audit::WitnessAnswer& answer) {
  if (answer.judgement != audit::Judgement::inconsistent) return;
  log::Fields fields = {{"log", answer.origin},
                        {"why", answer.says},
                        {"cosigned_entries", answer.known},
                        {"checkpoint", answer.submitted}};
  if (answer.contradiction) {
    log::error(
        "A log that is witnessed here has signed two different trees of one size: it tells two histories. The proof "
        "of it is kept in the state folder, in witness/contradictions and witness/cosigned.",
        fields);
  } else {
    log::warning(
        "A checkpoint does not continue what was cosigned, and was refused: its log tells two histories, or whoever "
        "sent it made a wrong proof.",
        fields);
  }
}

std::string keys_of(const audit::Witness& witness) {
  std::string lines;
  for (const audit::CosignatureVerifier& key : witness.verifiers()) lines += key.text() + "\n";
  return lines;
}

}  // namespace

Witnessing::Witnessing(std::filesystem::path folder, const Clock& clock)
    : folder_(std::move(folder)), clock_(clock), files_(folder_) {}

Result<> Witnessing::take(const config::Witness& settings) {
  if (settings.logs.empty()) {
    now_ = nullptr;
    return {};
  }
  auto fresh = std::make_shared<Now>();
  for (const std::string& text : settings.logs) {
    TRY_ASSIGN(audit::NoteVerifier log, audit::NoteVerifier::parse(text));
    fresh->logs.push_back(std::move(log));
  }
  if (!witness_) {
    TRY_ASSIGN(audit::Cosigner cosigner, store::witness_signer(folder_ / "key", settings.name));
    TRY_ASSIGN(audit::MldsaCosigner mldsa,
               store::witness_cosigner(folder_ / "key-ml-dsa-44", cosigner.verifier().name()));
    auto witness = std::make_shared<audit::Witness>(std::move(cosigner), std::move(mldsa), files_);
    TRY(files_.write("public-key", keys_of(*witness)));
    witness_ = std::move(witness);
  }
  fresh->witness = witness_;
  now_ = std::move(fresh);
  return {};
}

Result<std::optional<audit::WitnessAnswer>> Witnessing::add_checkpoint(std::string_view body) {
  auto now = now_.load();
  if (!now) return std::nullopt;
  auto answer = now->witness->add_checkpoint(body, now->logs, clock_.now());
  if (!answer) {
    log::error("A checkpoint could not be cosigned.", {{"error", answer.error().message}});
    return std::unexpected(std::move(answer).error());
  }
  report(*answer);
  return *std::move(answer);
}

Result<std::optional<std::string>> Witnessing::checkpoint(std::string_view origin_hash) {
  auto now = now_.load();
  if (!now) return std::nullopt;
  return now->witness->checkpoint(origin_hash);
}

std::optional<std::string> Witnessing::public_keys() const {
  auto now = now_.load();
  return now ? std::optional(keys_of(*now->witness)) : std::nullopt;
}

}  // namespace entente::app
