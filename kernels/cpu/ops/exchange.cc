// An exchange between ranks: what it moves is moved by the training program.
#include "kernels/cpu/operation.h"

namespace rehearse::cpu {
namespace {

bool moves_nothing(const Model& model, std::size_t layer) { return !model.layers()[layer].bias; }

}  // namespace

OperationKind exchange_operation() {
  return {.does_nothing = moves_nothing, .takes_sequences = true};
}

}  // namespace rehearse::cpu
