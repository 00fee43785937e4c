#include "kernels/cuda/pointwise.h"

namespace rehearse::cuda {

OperationKind tanh_operation() { return pointwise_operation<Function::tanh>(); }

}  // namespace rehearse::cuda
