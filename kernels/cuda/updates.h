// Steps of optimizers over arrays in the memory of a GPU: the formulas of kernels/optimizer.h and
// of kernels/cpu/optimizers. Parameters and slots are fp32, gradients fp32, fp16 or bf16. Launchers
// keep the rules of elementwise.h.
#pragma once

#include <cstdint>

#include "kernels/adam_rule.h"
#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// What a step reads and writes. All have `parameters.elements`.
struct UpdateOperands {
  Tensor parameters;
  Tensor gradients;
  float* first = nullptr;   // momentum, or first moments
  float* second = nullptr;  // second moments
  Tensor copy{};            // gets the new parameters in its own type; no data: no copy
  // In memory of the GPU, each may be null:
  const float* factor = nullptr;           // multiplies the gradient too: that of clipping
  const std::int32_t* overflow = nullptr;  // not 0: the step is left out
};

// v = m v + f (s g + d w);  w -= lr v, with nesterov w -= lr (f (s g + d w) + m v); without
// momentum (first is null) w -= lr f (s g + d w).
struct MomentumRule {
  float scale, decay, factor, momentum, lr;
  bool nesterov = false;
};
void momentum_step(const UpdateOperands& operands, const MomentumRule& rule, StreamHandle stream);

// adam and adamw (kernels/adam_rule.h).
void adam_step(const UpdateOperands& operands, const AdamRule& rule, StreamHandle stream);

// lars or larc of one tensor: the factor of its gradient, from sums of squares of parameters and
// gradients (reductions.h), all in memory of the GPU.
struct TrustRule {
  double scale, decay, trust, lr;
  bool clipped;  // larc: min(r / lr, 1), else lr r (kernels/optimizer.h)
};
void trust_factor(const double* parameter_squares, const double* gradient_squares,
                  const TrustRule& rule, float* factor, StreamHandle stream);
// The step with that factor, which multiplies all of s g + d w. REQUIRES: first is not null.
void layerwise_step(const UpdateOperands& operands, const MomentumRule& rule,
                    const float* trust_factor, StreamHandle stream);

// lamb of one tensor, with a rule of lr = 1: moments and sums of squares, the factor lr |w| / |u|,
// then the parameters. `scratch` has lamb_scratch() doubles.
inline constexpr std::int64_t kLambPiece = 8192;  // elements that one block of threads sums up
constexpr std::int64_t lamb_scratch(std::int64_t elements) {
  return 3 + 2 * ((elements + kLambPiece - 1) / kLambPiece);
}
void lamb_step(const UpdateOperands& operands, const AdamRule& rule, double lr, double* scratch,
               StreamHandle stream);

// *factor = min(1, norm / sqrt(*squares)) with the squares of gradients times scale^2: clipping by
// the norm of all gradients (Pascanu et al., arXiv:1211.5063, algorithm 1).
void clip_factor(const double* squares, double scale, double norm, float* factor,
                 StreamHandle stream);

}  // namespace rehearse::cuda
