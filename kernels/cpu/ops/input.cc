// The input: it holds what the executor loads.
#include "kernels/cpu/operation.h"

namespace rehearse::cpu {

OperationKind input_operation() { return {.takes_sequences = true}; }

}  // namespace rehearse::cpu
