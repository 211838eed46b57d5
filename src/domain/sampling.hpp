// How tokens are chosen: the parameters every dialect has in some spelling, with the meaning of OpenAI's reference and,
// for what OpenAI lacks (top_k, min_p, repetition penalty), of llama.cpp. Ranges are checked in wire/; here they hold.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace entente {

// What a model's maker recommends; it fills what a client left open.
struct RecommendedSampling {
  std::optional<double> temperature, top_p;
};

struct Sampling {
  std::optional<double> temperature;          // 0 to 2; 0: always the likeliest token; none: the model's own, else 1
  std::optional<double> top_p;                // 0 to 1; 1: off; none: the model's own, else 1
  std::uint32_t top_k = 0;                    // 0: off
  double min_p = 0.0;                         // 0 to 1; 0: off
  double presence_penalty = 0.0;              // -2 to 2
  double frequency_penalty = 0.0;             // -2 to 2
  double repetition_penalty = 1.0;            // above 0; 1: off
  std::optional<std::uint64_t> seed;          // none: drawn at random
  std::map<std::int32_t, double> logit_bias;  // token of the model -> -100 to 100
};

inline Sampling with_recommended(Sampling sampling, const RecommendedSampling& recommended) {
  // A client that chose a temperature has its own idea of the whole: the maker's top_p would not fit it.
  if (!sampling.temperature && !sampling.top_p) {
    sampling.temperature = recommended.temperature;
    sampling.top_p = recommended.top_p;
  }
  return sampling;
}

}  // namespace entente
