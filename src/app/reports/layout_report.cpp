#include "app/reports/layout_report.hpp"

#include <algorithm>
#include <array>
#include <format>

namespace entente::app {

namespace {

constexpr std::uint32_t widely_supported[] = {2, 12, 20};  // Q4_0, Q4_K, IQ4_NL, as ggml numbers them

// Measured times differ by a few per cent from run to run.
constexpr double surely = 1.05;

bool better_in_all(const MeasuredLayout& a, const MeasuredLayout& b) {
  const local::Measured &x = a.measured, &y = b.measured;
  return a.bytes <= b.bytes && x.prompt_tokens_per_second > y.prompt_tokens_per_second * surely &&
         x.answer_tokens_per_second > y.answer_tokens_per_second * surely &&
         x.answers_tokens_per_second > y.answers_tokens_per_second * surely && x.perplexity <= y.perplexity;
}

}  // namespace

std::vector<KernelShare> kernel_shares(const models::GgufInfo& info) {
  double all = 0;
  for (auto [type, bytes] : info.matrix_bytes) all += static_cast<double>(bytes);
  std::vector<KernelShare> out;
  out.reserve(info.matrix_bytes.size());
  for (auto [type, bytes] : info.matrix_bytes)
    out.push_back({local::kernels_for(type), static_cast<double>(bytes) / std::max(all, 1.0)});
  std::ranges::sort(out, std::greater(), &KernelShare::share);
  return out;
}

std::string in_words(std::span<const KernelShare> shares) {
  std::string out;
  for (const KernelShare& part : shares) {
    std::string kernels = !part.kernels.special.empty() ? part.kernels.special : "general";
    out += std::format("{}{} ({})", out.empty() ? "" : ", ", part.kernels.packing, kernels);
  }
  return out.empty() ? "–" : out;
}

bool lacks_kernels(std::span<const KernelShare> shares) {
  double without = 0;
  for (const KernelShare& part : shares)
    without += part.kernels.packed && part.kernels.special.empty() ? part.share : 0;
  return without > 0.5 && std::ranges::any_of(widely_supported, [](std::uint32_t type) {
           return !local::kernels_for(type).special.empty();
         });
}

std::vector<std::string> good_for(std::span<const MeasuredLayout> layouts) {
  std::vector<std::string> out(layouts.size());
  auto say = [&](std::size_t i, std::string_view words) {
    out[i] += (out[i].empty() ? "" : ", ") + std::string(words);
  };
  auto first_by = [&](auto&& better, std::size_t from) {
    std::size_t best = from;
    for (std::size_t i = from; i < layouts.size(); ++i) best = better(layouts[i], layouts[best]) ? i : best;
    return best;
  };
  auto faster = [&](double local::Measured::* speed) {
    return [speed](const MeasuredLayout& a, const MeasuredLayout& b) { return a.measured.*speed > b.measured.*speed; };
  };
  if (layouts.empty()) return out;
  say(0, "as it is");
  if (layouts.size() == 1) return out;
  say(first_by(faster(&local::Measured::prompt_tokens_per_second), 0), "fastest prompts");
  say(first_by(faster(&local::Measured::answer_tokens_per_second), 0), "fastest answer");
  say(first_by(faster(&local::Measured::answers_tokens_per_second), 0), "most answers at once");
  say(first_by([](const auto& a, const auto& b) { return a.bytes < b.bytes; }, 0), "smallest");
  say(first_by([](const auto& a, const auto& b) { return a.measured.perplexity < b.measured.perplexity; }, 1),
      "best text of the new ones");
  for (std::size_t i = 1; i < layouts.size(); ++i) {
    for (const MeasuredLayout& other : layouts) {
      if (!better_in_all(other, layouts[i])) continue;
      out[i] = std::format("nothing: {} is better in all", other.name);
      break;
    }
  }
  return out;
}

}  // namespace entente::app
