// A GELU. Those between two dense layers are theirs.
#include "kernels/cuda/gelu_fusion.h"
#include "kernels/cuda/pointwise.h"

namespace rehearse::cuda {

OperationKind gelu_operation() {
  OperationKind kind = pointwise_operation<Function::gelu>();
  kind.does_nothing = is_fused_gelu;
  return kind;
}

}  // namespace rehearse::cuda
