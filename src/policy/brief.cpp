#include "policy/brief.hpp"

#include <algorithm>
#include <format>

namespace entente::policy {

namespace {

constexpr std::size_t most_bytes = 500;

// Who is slow only may still be the one who answers.
bool gave_up(const Verdict& verdict) { return verdict.tried && verdict.tried->how != Verdict::Tried::How::slow; }
bool comes_first(const Verdict& verdict) { return verdict.allowed && !gave_up(verdict); }

}  // namespace

std::string in_brief(const Decision& decision) {
  std::string out;
  auto first = std::ranges::find_if(decision.verdicts, comes_first);
  if (first != decision.verdicts.end()) out = "first=" + first->deployment;
  for (const Verdict& verdict : decision.verdicts) {
    if (comes_first(verdict)) continue;
    std::string_view how = gave_up(verdict) ? to_string(verdict.tried->how) : "rejected";
    std::string one = std::format("{}{}={} ({})", out.empty() ? "" : "; ", how, verdict.deployment,
                                  gave_up(verdict) ? verdict.tried->why : verdict.rule);
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
