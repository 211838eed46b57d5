// For tests of the verifier: what the log's own code makes is judged by it and by the log's own code, two readers of
// one format, who must agree on every text. Where they differ, one of them has a fault: but for whole numbers
// beyond 2^53 - 1, which the verifier takes nowhere, and the log's own code where nothing is hashed.
#pragma once

#include <format>
#include <ranges>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "audit/forms/canonical_json.hpp"
#include "audit/receipts/act.hpp"
#include "audit/receipts/day_head.hpp"
#include "audit/receipts/erasure.hpp"
#include "audit/receipts/test_receipts.hpp"
#include "verifier/entente_verify.hpp"
#include "wire/json.hpp"

namespace entente {
using namespace audit;
using entente_verify::Verdict;
using std::chrono::hours, std::chrono::minutes;

// Everything that a verdict says.
inline std::string said(const Verdict& verdict) {
  std::string all = std::format("{} {} {} {} {}\n", verdict.kind, static_cast<int>(verdict.standing), verdict.log_size,
                                verdict.promised_by, verdict.record);
  for (const entente_verify::Attempt& one : verdict.attempts) {
    all += std::format("{} {} {} {} {} {}\n", one.at, one.refused, one.deployment, one.provider, one.place, one.asked);
    all += std::format("{} {} {} {}\n", one.result, one.body, one.intent, one.outcome);
    for (const std::string& hash : one.answer) all += hash + "\n";
    for (const std::string& candidate : one.candidates) all += candidate + "\n";
  }
  return all;
}

// The same text but for one character; into which it is changed differs from place to place, because all at each would
// take minutes under the sanitizers.
inline std::string changed_at(std::size_t place, std::string text, std::size_t round) {
  constexpr std::string_view marks = "01A \".";
  text[place] = marks[(place + round) % marks.size()];
  return text;
}

// The same value in another spelling: members the other way round, every character escaped, blanks everywhere.
inline std::string respelled(const wire::Json& json) {
  auto escaped = [](std::string_view text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size(); ++i) {
      auto c = static_cast<unsigned char>(text[i]);
      auto next = [&] { return static_cast<unsigned>(static_cast<unsigned char>(text[++i]) & 0x3F); };
      unsigned code = c < 0x80 ? c : c < 0xE0 ? c & 0x1Fu : c < 0xF0 ? c & 0x0Fu : c & 0x07u;
      for (int more = c < 0x80 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3; more > 0; --more) code = code << 6 | next();
      if (code >= 0x10000) {
        out += std::format("\\u{:04X}", 0xD800 + ((code - 0x10000) >> 10));
        code = 0xDC00 + ((code - 0x10000) & 0x3FF);
      }
      out += std::format("\\u{:04x}", code);
    }
    return out + '"';
  };
  std::string out;
  if (const auto* object = json.as<wire::Json::Object>()) {
    for (const auto& [name, member] : *object | std::views::reverse)
      out += (out.empty() ? "\n{ " : ",\t") + escaped(name) + " : " + respelled(member);
    return out.empty() ? "{ }" : out + "\r\n}";
  }
  if (const auto* array = json.as<wire::Json::Array>()) {
    for (const wire::Json& item : *array) out += (out.empty() ? "[ " : " , ") + respelled(item);
    return out.empty() ? "[ ]" : out + " ]";
  }
  const auto* text = json.as<std::string>();
  return text ? escaped(*text) : *canonical_json(json);
}

struct Judging : Disclosing {
  const std::string key = signer.verifier().text();

  Result<ReceiptVerdict> ours(const std::string& text, Instant at) {
    TRY_ASSIGN(Receipt receipt, parse_receipt(text));
    return verify_receipt(receipt, signer.verifier(), at);
  }
  Result<> ours_held(const std::string& text) {
    TRY_ASSIGN(HeldEntry held, parse_held(text));
    switch (held.kind) {
      case HeldKind::act: TRY(verify_held_act(held, signer.verifier())); break;
      case HeldKind::erasure: TRY(verify_held_erasure(held, signer.verifier())); break;
      case HeldKind::head: TRY(verify_held_head(held, signer.verifier())); break;
    }
    return {};
  }

  // What the verifier says, on which both must agree.
  Verdict judged(const std::string& text, Instant at = now) {
    Verdict verdict = entente_verify::verify_receipt(text, key, at);
    auto own = ours(text, at);
    EXPECT_EQ(verdict.holds, own.has_value()) << verdict.why << (own ? "" : own.error().message) << "\n" << text;
    EXPECT_EQ(verdict.holds, verdict.why.empty());
    if (verdict.holds && own) {
      EXPECT_EQ(static_cast<int>(verdict.standing), static_cast<int>(own->standing));
      EXPECT_EQ(verdict.promised_by, own->promised_by);
      EXPECT_EQ(verdict.log_size, own->entries);
    }
    return verdict;
  }
  Verdict judged(const Receipt& receipt, Instant at = now) { return judged(receipt_text(receipt), at); }
  Verdict judged_held(const std::string& text) {
    Verdict verdict = entente_verify::verify_held(text, key);
    auto own = ours_held(text);
    EXPECT_EQ(verdict.holds, own.has_value()) << verdict.why << (own ? "" : own.error().message) << "\n" << text;
    EXPECT_EQ(verdict.holds, verdict.why.empty());
    return verdict;
  }

  // After a change that the log itself would have made.
  Verdict judged_signed(Receipt receipt) {
    receipt.promise = signer.sign(promise_text(receipt, "example.org/log", now + minutes(1)));
    if (!receipt.checkpoint.empty()) include(receipt);
    return judged(receipt);
  }

  std::string hold(HeldKind kind, const std::string& record, auto entry_with) {
    return held_text(hold_third(kind, record, signer, entry_with));
  }
  std::string hold_head(const std::string& record, std::string day = "2026-11-23") {
    return hold(HeldKind::head, record,
                [&](const Digest& hash) { return day_head_text({.day = day, .record = hash, .at = to_rfc3339(now)}); });
  }
  std::string hold_erasure(const std::string& record, std::int64_t erased) {
    return hold(HeldKind::erasure, record, [&](const Digest& hash) {
      return erasure_text({.erased = erased, .record = hash, .at = to_rfc3339(now)});
    });
  }
  std::string hold_act(const std::string& record) {
    return hold(HeldKind::act, record,
                [](const Digest& hash) { return act_text({.record = hash, .at = to_rfc3339(now)}); });
  }

  std::string head_record() {
    return day_record_text({.day = "2026-11-23",
                            .tenant = "ten_1",
                            .lanes = {{.lane = "lan_1", .numbers = 2, .last = sha256("1")},
                                      {.lane = "lan_2", .numbers = 1, .last = sha256("2")}}});
  }
  std::string erasure_record() {
    return R"({"cause":"subject","entries":[[0,0],[1,1]],"ground":"asked for","tenant":"ten_1"})";
  }
  std::string act_record() {
    return R"({"about":"key_1","act":"key_created","at":"2026-11-23","says":"laptop","tenant":"ten_1"})";
  }
};

}  // namespace entente
