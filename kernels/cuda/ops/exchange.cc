// Exchanges between ranks within a layer: tensor and expert parallelism.
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {

OperationKind exchange_operation() { return {.make = refuse, .takes_sequences = true}; }

}  // namespace rehearse::cuda
