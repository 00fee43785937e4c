// Softmax of attention's scores that are in memory, for what the fused engines of cuDNN refuse.
// Launchers keep the rules of elementwise.h.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// Matrices of scores, one behind the other, each of steps x steps: row i has the scores of query i.
struct ScoreMatrices {
  std::int64_t matrices = 1, steps = 1;
  bool causal = true;
  std::int64_t window = 0;  // the keys that a query sees are those of kernels/cpu/ops/attention.cc
  float scale = 1;
};

// weights = softmax(scale scores) over the keys that the query of the row sees, 0 for the others.
void attention_softmax(const ScoreMatrices& of, const Tensor& scores, const Tensor& weights,
                       StreamHandle stream);

// The gradient of the scores from that of the weights: scale w (dw - sum of w dw over the row).
// dscores may be weights.
void attention_softmax_backward(const ScoreMatrices& of, const Tensor& weights,
                                const Tensor& dweights, const Tensor& dscores, StreamHandle stream);

}  // namespace rehearse::cuda
