// The input: it holds what the executor loads.
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {

OperationKind input_operation() { return {.takes_sequences = true}; }

}  // namespace rehearse::cuda
