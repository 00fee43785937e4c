// The hyperbolic tangent.
#include "kernels/cpu/pointwise.h"

namespace rehearse::cpu {
namespace {

struct Tanh {
  static constexpr bool kOfOutput = true, kKeepsZero = true;

  REHEARSE_INLINE static float value(float x) { return hyperbolic_tangent(x); }
  REHEARSE_INLINE static float slope(float y) { return 1.0F - y * y; }
};

}  // namespace

OperationKind tanh_operation() { return pointwise_operation<Tanh>(); }

}  // namespace rehearse::cpu
