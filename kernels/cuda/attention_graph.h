// Attention as the graph that cuDNN's fused engines know (flash attention: scores are never in
// memory; Dao et al., arXiv:2205.14135): products, scale, mask, softmax by its steps, and for the
// backward pass the same scores again from the logarithms of their sums.
//
// The fused engines take bfloat16 and float16, heads of up to 256 features (128 before Hopper), a
// multiple of 8, and masks that are causal, with a window or without. What they refuse is computed
// by products with scores in memory (ops/attention.cc).
#pragma once

#include <cstdint>

#include "kernels/cuda/graph.h"

namespace rehearse::cuda {

struct AttentionProblem {
  std::int64_t batch = 1, steps = 1;
  std::int64_t heads = 1, kv_heads = 1;
  std::int64_t head_dim = 1, value_dim = 1;
  std::int64_t window = 0;  // AttentionShape::window
  bool causal = true;
  std::int64_t query_stride = 0, key_stride = 0, value_stride = 0;  // from step to step
  GraphType type = GraphType::bfloat16;

  friend auto operator<=>(const AttentionProblem&, const AttentionProblem&) = default;
};

// Whether the shape is one that the fused engines may take.
bool may_fuse(const AttentionProblem& problem);

struct AttentionTensors {
  TensorId q = 0, k = 0, v = 0, out = 0, logarithms = 0;
  // Backward. `sums`: memory of batch x heads x steps x head_dim floats, unless deterministic.
  TensorId dout = 0, dq = 0, dk = 0, dv = 0, sums = 0;
};

struct AttentionGraph {
  Graph graph;
  AttentionTensors tensors;
};

AttentionGraph attention_forward(const AttentionProblem& problem);
// Deterministic: the gradient of the queries is not summed in an order that changes from run to
// run; it takes more memory.
AttentionGraph attention_backward(const AttentionProblem& problem, bool deterministic);

}  // namespace rehearse::cuda
