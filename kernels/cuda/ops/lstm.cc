#include "kernels/cuda/operation.h"

namespace rehearse::cuda {

OperationKind lstm_operation() { return {.make = refuse, .takes_sequences = true}; }

}  // namespace rehearse::cuda
