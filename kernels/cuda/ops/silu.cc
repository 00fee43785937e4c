#include "kernels/cuda/pointwise.h"

namespace rehearse::cuda {

OperationKind silu_operation() { return pointwise_operation<Function::silu>(); }

}  // namespace rehearse::cuda
