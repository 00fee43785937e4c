#include "kernels/cuda/step_norm.h"

namespace rehearse::cuda {
namespace {

std::unique_ptr<Operation> make(const Site& site) { return make_step_norm(site, false); }

}  // namespace

OperationKind rms_norm_operation() {
  return {.make = make,
          .takes_sequences = true,
          .backward_reads_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cuda
