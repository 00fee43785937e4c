// x sigmoid(x).
#include "kernels/cpu/pointwise.h"

namespace rehearse::cpu {
namespace {

struct Silu {
  static constexpr bool kOfOutput = false, kKeepsZero = true;

  REHEARSE_INLINE static float value(float x) { return x * logistic(x); }
  REHEARSE_INLINE static float slope(float x) {
    const float s = logistic(x);
    return s + x * s * (1.0F - s);
  }
};

}  // namespace

OperationKind silu_operation() { return pointwise_operation<Silu>(); }

}  // namespace rehearse::cpu
