// 1 / (1 + e^-x).
#include "kernels/cpu/pointwise.h"

namespace rehearse::cpu {
namespace {

struct Sigmoid {
  static constexpr bool kOfOutput = true, kKeepsZero = false;

  REHEARSE_INLINE static float value(float x) { return logistic(x); }
  REHEARSE_INLINE static float slope(float y) { return y * (1.0F - y); }
};

}  // namespace

OperationKind sigmoid_operation() { return pointwise_operation<Sigmoid>(); }

}  // namespace rehearse::cpu
