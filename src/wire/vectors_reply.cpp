#include "wire/vectors_reply.hpp"

#include <cmath>
#include <format>

namespace entente::wire {

namespace {

constexpr std::size_t most_bytes = 256 * 1024 * 1024;
constexpr std::uint64_t usual_bytes_of_a_token = 4;

std::unexpected<Error> bad(std::string message) {
  return fail({.code = ErrorCode::upstream_failed, .message = std::move(message), .reason = "bad_reply"});
}

bool make_length_one(std::vector<float>& values) {
  double sum = 0;
  for (float value : values) sum += double{value} * value;
  double length = std::sqrt(sum);
  if (!(length > 0) || !std::isfinite(length)) return false;
  if (std::abs(length - 1) < 1e-3) return true;  // as its maker wrote it
  for (float& value : values) value = static_cast<float>(value / length);
  return true;
}

}  // namespace

Result<std::vector<float>*> VectorsReply::vector(std::int64_t index) {
  if (index < 0 || index >= std::ssize(vectors_))
    return bad(std::format("The provider answered with vector {} of {}.", index, vectors_.size()));
  std::vector<float>& found = vectors_[static_cast<std::size_t>(index)];
  if (!found.empty()) return bad(std::format("The provider answered with vector {} twice.", index));
  return &found;
}

Result<> VectorsReply::take(std::string_view bytes) {
  if (gathered_.size() + bytes.size() > most_bytes) return bad("The provider's answer is too long.");
  gathered_ += bytes;
  return {};
}

Result<> VectorsReply::at_end() {
  TRY(read(gathered_));
  for (std::size_t i = 0; i < vectors_.size(); ++i) {
    if (vectors_[i].empty()) return bad(std::format("The provider left vector {} of {} out.", i, vectors_.size()));
    if (vectors_[i].size() != vectors_[0].size()) return bad("The provider's vectors are not of one size.");
    if (!make_length_one(vectors_[i])) return bad("The provider answered with a vector that points nowhere.");
  }
  assembly_.usage(
      used_.value_or(Usage{.prompt_tokens = static_cast<std::int64_t>(prompt_bytes_ / usual_bytes_of_a_token + 1)}));
  for (std::size_t i = 0; i < vectors_.size(); ++i) {
    assembly_.vector(Vector{.index = static_cast<std::uint32_t>(i), .values = std::move(vectors_[i])});
  }
  return {};
}

}  // namespace entente::wire
