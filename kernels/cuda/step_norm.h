// layer_norm and rms_norm, as kernels/cpu/step_norm.h.
#pragma once

#include "kernels/cuda/operation.h"

namespace rehearse::cuda {

std::unique_ptr<Operation> make_step_norm(const Site& site, bool centred);

}  // namespace rehearse::cuda
