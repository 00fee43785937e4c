#include "kernels/cuda/pointwise.h"

namespace rehearse::cuda {

OperationKind gelu_operation() { return pointwise_operation<Function::gelu>(); }

}  // namespace rehearse::cuda
