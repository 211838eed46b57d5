// Pooling: the vectors of a text's tokens become the one of the text, which is then made 1 long. As the model was
// trained: their mean, the first, or the last. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "local/job.hpp"
#include "local/model/model.hpp"

namespace entente::local {

// The next token's vector; `sum` is empty before the first.
void pool(std::vector<float>& sum, std::span<const float> vector, Pooling pooling);

// Cut to the numbers that are wanted, then 1 long; all zero where there was nothing. A score stays what it is.
std::vector<float> finished_vector(Job& job);

}  // namespace entente::local
