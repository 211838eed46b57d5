#include "store/sealed_row.hpp"

#include <algorithm>
#include <cstdint>

#include "base/encoding.hpp"
#include "wire/json_writer.hpp"

namespace entente::store {

namespace {

using wire::JsonWriter;

constexpr std::size_t length_bytes = 8;  // of the record, the lowest byte first

void write_amount(JsonWriter& json, const Money& money) {
  json.begin_object().key("currency").string(money.currency);
  json.key("nano").string(std::to_string(money.nano)).end_object();
}

// The labels stand where the whole record has them.
void write_labels(JsonWriter& json, const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  json.key("decision").begin_object().key("question").begin_object().key("labels").begin_array();
  for (const std::string& label : labels) json.string(label);
  json.end_array().end_object().end_object();
}

void write_who(JsonWriter& json, const Principal& who) {
  json.key("key").string(who.key).key("project").string(who.project).key("tenant").string(who.tenant);
}

}  // namespace

audit::Salt salt_in(std::string_view bytes) {
  audit::Salt salt{};
  std::ranges::copy_n(bytes.begin(), std::min(std::ssize(bytes), std::ssize(salt)), salt.begin());
  return salt;
}

std::string pack(const RowContent& content) {
  std::string out;
  out.reserve(content.salt.size() + content.secret.size() + length_bytes + content.record.size() +
              content.candidates.size());
  out += as_text(content.salt);
  out += as_text(content.secret);
  for (std::size_t i = 0; i < length_bytes; ++i) out += static_cast<char>(content.record.size() >> (8 * i) & 0xff);
  out += content.record;
  out += content.candidates;
  return out;
}

Result<RowContent> unpack(std::string_view packed) {
  RowContent content;
  auto take = [&](audit::Salt& salt) {
    salt = salt_in(packed);
    packed.remove_prefix(salt.size());
  };
  if (packed.size() < content.salt.size() + content.secret.size() + length_bytes)
    return fail(ErrorCode::internal, "A sealed row of the store is too short.");
  take(content.salt);
  take(content.secret);
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i)
    length |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(packed[i])) << (8 * i);
  packed.remove_prefix(length_bytes);
  if (length > packed.size()) return fail(ErrorCode::internal, "A sealed row of the store is cut.");
  content.record = packed.substr(0, length);
  content.candidates = packed.substr(length);
  return content;
}

std::string counted_of(const Intent& intent) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("attempt").string(intent.attempt);
  write_labels(json, intent.labels);
  json.key("deployment").string(intent.deployment).key("model").string(intent.model);
  json.key("most_tokens").number(intent.most_tokens).key("place").string(intent.place);
  json.key("provider").string(intent.provider).key("reserved");
  write_amount(json, intent.reserved);
  write_who(json, intent.principal);
  json.key("work").string(intent.kind).end_object();
  return out;
}

std::string counted_of(const Outcome& outcome) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("attempt").string(outcome.attempt).key("cost");
  write_amount(json, outcome.cost);
  json.key("duration_us").number(outcome.duration_us).key("error").string(outcome.error);
  json.key("first_token_us").number(outcome.first_token_us).key("result").string(to_string(outcome.kind)).end_object();
  return out;
}

std::string counted_of(const Refusal& refusal) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("attempt").string(refusal.refusal);
  write_labels(json, refusal.labels);
  json.key("error").string(refusal.error).key("model").string(refusal.model);
  write_who(json, refusal.principal);
  json.key("work").string(refusal.kind).end_object();
  return out;
}

}  // namespace entente::store
