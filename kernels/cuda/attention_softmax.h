// Softmax of attention's scores that are in memory, for what the fused engines of cuDNN refuse.
// Includes nothing of CUDA.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// Matrices of scores, one behind the other, each of steps x steps: row i has the scores of query i.
struct ScoreMatrices {
  std::int64_t matrices = 1, steps = 1;
  bool causal = true;
  std::int64_t window = 0;  // the keys that a query sees are those of the CPU's attention
  float scale = 1;
};

// weights = softmax(scale scores) over the keys that the query of the row sees, 0 for the others.
void attention_softmax(const ScoreMatrices& of, const float* scores, void* weights,
                       ElementType type, StreamHandle stream);

// The gradient of the unscaled scores from that of the weights: scale w (g - sum of w g over the
// row).
void attention_softmax_gradient(const ScoreMatrices& of, const void* weights,
                                const float* gradients, void* to, ElementType type,
                                StreamHandle stream);

}  // namespace rehearse::cuda
