// x times the normal distribution at x, in the form with tanh of GPT-2 (Hendrycks and Gimpel,
// arXiv:1606.08415, section 2): x / 2 (1 + tanh u) = x sigmoid(2 u) with
// u = sqrt(2 / pi) (x + 0.044715 x^3).
#include "kernels/cpu/pointwise.h"

namespace rehearse::cpu {
namespace {

struct Gelu {
  static constexpr bool kOfOutput = false, kKeepsZero = true;

  REHEARSE_INLINE static float value(float x) { return x * logistic(twice_u(x)); }
  REHEARSE_INLINE static float slope(float x) {
    const float s = logistic(twice_u(x));
    const float twice_slope_of_u = 2.0F * kRoot * (1.0F + 3.0F * kCubic * x * x);
    return s + x * s * (1.0F - s) * twice_slope_of_u;
  }

 private:
  static constexpr float kRoot = 0.797884561F, kCubic = 0.044715F;
  REHEARSE_INLINE static float twice_u(float x) {
    return 2.0F * kRoot * x * (1.0F + kCubic * x * x);
  }
};

}  // namespace

OperationKind gelu_operation() { return pointwise_operation<Gelu>(); }

}  // namespace rehearse::cpu
