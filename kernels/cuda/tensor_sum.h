// Sums of any number of tensors. Includes nothing of CUDA.
#pragma once

#include <vector>

#include "kernels/cuda/elementwise.h"

namespace rehearse::cuda {

// `to` = the sum, which may be one of them, and of that the positive part with `relu`. Of one
// tensor or none there is nothing to add up, and nothing happens. REQUIRES: equal types and sizes.
void add_all(const std::vector<Tensor>& from, const Tensor& to, bool relu, StreamHandle stream);

// What each of its calls of add() takes: the first as many parts as add() does, `to` before the
// others if it is one of them, each later one `to` and what follows.
std::vector<std::vector<Tensor>> sum_steps(const std::vector<Tensor>& parts, const Tensor& to);

}  // namespace rehearse::cuda
