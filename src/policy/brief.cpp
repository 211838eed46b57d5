#include "policy/brief.hpp"

#include <algorithm>
#include <format>

namespace entente::policy {

namespace {

constexpr std::size_t most_bytes = 500;

bool was_asked(const Verdict& verdict) { return verdict.rule == "failed" || verdict.rule == "refused"; }

}  // namespace

std::string in_brief(const Decision& decision) {
  std::string out;
  auto first = std::ranges::find(decision.verdicts, true, &Verdict::allowed);
  if (first != decision.verdicts.end()) out = "first=" + first->deployment;
  for (const Verdict& verdict : decision.verdicts) {
    if (verdict.allowed) continue;
    std::string one =
        std::format("{}{}={} ({})", out.empty() ? "" : "; ", was_asked(verdict) ? verdict.rule : "rejected",
                    verdict.deployment, was_asked(verdict) ? verdict.reason : verdict.rule);
    if (out.size() + one.size() > most_bytes) return out + "; …";
    out += one;
  }
  return out;
}

std::uint64_t draw_of(std::string_view tenant, std::string_view session) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
  auto take = [&](std::string_view text) {
    for (unsigned char c : text) hash = (hash ^ c) * 0x100000001B3ULL;
    hash = (hash ^ 0xFF) * 0x100000001B3ULL;
  };
  take(tenant);
  take(session);
  hash ^= hash >> 32;
  hash *= 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}

}  // namespace entente::policy
