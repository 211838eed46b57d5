#include "policy/ordering.hpp"

#include <algorithm>
#include <limits>

namespace entente::policy {

namespace {

constexpr std::uint64_t usual_bytes_of_a_token = 4;
constexpr std::uint64_t usual_answer_tokens = 500;  // for comparing prices where the client bounds nothing

std::uint64_t prompt_tokens(const Envelope& envelope) { return envelope.prompt_bytes / usual_bytes_of_a_token + 1; }

long double amount(const Price& price, const Envelope& envelope) {
  return static_cast<long double>(prompt_tokens(envelope)) * price.input_nano_per_million +
         static_cast<long double>(envelope.max_tokens.value_or(usual_answer_tokens)) * price.output_nano_per_million;
}

// Who is known to be cheap comes before who states no price. Currencies are not converted: the amounts of each are put
// in order within the places that the list gives to that currency.
void sort_by_price(std::vector<Candidate>& candidates, const Envelope& envelope) {
  auto unpriced = std::ranges::stable_partition(candidates, [](const Candidate& one) {
                    return one.deployment->price.has_value();
                  }).begin();
  for (auto next = candidates.begin(); next != unpriced; ++next) {
    const std::string& currency = next->deployment->price->currency;
    // Insertion: past each dearer one of the same currency, over the places of the others.
    auto place = next;
    for (auto before = next; before != candidates.begin();) {
      --before;
      if (before->deployment->price->currency != currency) continue;
      if (amount(*before->deployment->price, envelope) <= amount(*place->deployment->price, envelope)) break;
      std::iter_swap(before, place);
      place = before;
    }
  }
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
    case Strategy::price: return sort_by_price(candidates, envelope);
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
