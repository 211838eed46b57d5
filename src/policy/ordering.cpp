#include "policy/ordering.hpp"

#include <algorithm>
#include <limits>

namespace entente::policy {

namespace {

constexpr std::uint64_t usual_bytes_of_a_token = 4;
constexpr std::uint64_t usual_answer_tokens = 500;  // for comparing prices where the client bounds nothing

std::uint64_t prompt_tokens(const Envelope& envelope) { return envelope.prompt_bytes / usual_bytes_of_a_token + 1; }

// Who is known to be cheap comes before who states no price; currencies are not converted: the list decides then.
long double price_of(const Deployment& deployment, const Envelope& envelope) {
  if (!deployment.price) return std::numeric_limits<long double>::infinity();
  return static_cast<long double>(prompt_tokens(envelope)) * deployment.price->input_nano_per_million +
         static_cast<long double>(envelope.max_tokens.value_or(usual_answer_tokens)) *
             deployment.price->output_nano_per_million;
}

// Drawn one after the other, each with the chance of its weight among those that are left; weight 0 comes last.
void draw_by_weight(std::vector<Candidate>& candidates, std::uint64_t draw) {
  for (auto from = candidates.begin(); from != candidates.end(); ++from) {
    std::uint64_t sum = 0;
    for (auto at = from; at != candidates.end(); ++at) sum += at->deployment->weight;
    if (sum == 0) return;
    std::uint64_t point = draw % sum;
    draw = draw * 6364136223846793005ULL + 1442695040888963407ULL;  // the next number (Knuth's MMIX)
    auto chosen = from;
    while (point >= chosen->deployment->weight) point -= (chosen++)->deployment->weight;
    std::rotate(from, chosen, chosen + 1);
  }
}

}  // namespace

void order(std::vector<Candidate>& candidates, Strategy strategy, const Envelope& envelope,
           const Circumstances& circumstances) {
  switch (strategy) {
    case Strategy::priority:
    case Strategy::cascade: return;
    case Strategy::weight: return draw_by_weight(candidates, circumstances.draw);
    case Strategy::latency: {
      // Asked for once each: they change while this goes on.
      for (Candidate& one : candidates) {
        if (circumstances.first_token) one.first_token = circumstances.first_token(one.deployment->name);
      }
      std::ranges::stable_sort(
          candidates, {}, [](const Candidate& one) { return one.first_token.value_or(std::chrono::microseconds(0)); });
      return;
    }
    case Strategy::price: {
      // Only amounts of one currency compare.
      std::ranges::stable_sort(candidates, [&](const Candidate& one, const Candidate& other) {
        const Deployment &a = *one.deployment, &b = *other.deployment;
        if (a.price && b.price && a.price->currency != b.price->currency) return false;
        return price_of(a, envelope) < price_of(b, envelope);
      });
      return;
    }
    case Strategy::context: {
      std::uint64_t needed = prompt_tokens(envelope) + envelope.max_tokens.value_or(usual_answer_tokens);
      auto rank = [&](const Candidate& one) {
        std::uint64_t size =
            one.deployment->context_tokens ? one.deployment->context_tokens : std::numeric_limits<std::uint32_t>::max();
        // What is probably too short comes last, the longest of it first.
        return size >= needed ? size : std::numeric_limits<std::uint64_t>::max() - size;
      };
      std::ranges::stable_sort(candidates, {}, rank);
      return;
    }
  }
}

}  // namespace entente::policy
