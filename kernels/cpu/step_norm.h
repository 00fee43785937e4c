// Normalisation of each step over its channels, y = scale (x - mean) / deviation + shift, or
// without mean and shift: layer_norm and rms_norm. 1e-5 is added to the variance, or the mean
// square (PyTorch's default for layer_norm, Llama 2's for rms_norm).
#pragma once

#include "kernels/cpu/operation.h"

namespace rehearse::cpu {

std::unique_ptr<Operation> make_step_norm(const Site& site, bool centred);

}  // namespace rehearse::cpu
