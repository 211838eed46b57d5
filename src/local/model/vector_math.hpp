// The two sums that stand between a step's logits and its tokens, over a whole vocabulary (some 50,000 to 250,000
// numbers) for every token of every answer: written so that the compiler makes vector instructions of them. Pure.
#pragma once

#include <cstddef>
#include <span>

namespace entente::local {

// Where the largest stands, the first of equals; 0 when the values are no numbers. `values` is not empty.
std::size_t index_of_largest(std::span<const float> values);

// weights[i] = e^((values[i] - most) × scale), and their sum. `most` is the largest value, `scale` is above 0; the
// relative error is below 1e-5 (the exponent's own rounding), and what is smaller than 1e-37 becomes 0. Both spans have
// one length.
double exponentials(std::span<const float> values, float most, float scale, std::span<float> weights);

}  // namespace entente::local
