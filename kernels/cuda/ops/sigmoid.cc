#include "kernels/cuda/pointwise.h"

namespace rehearse::cuda {

OperationKind sigmoid_operation() { return pointwise_operation<Function::sigmoid>(); }

}  // namespace rehearse::cuda
