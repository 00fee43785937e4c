// Device memory of a training step, on a device that holds the whole model or its share of it.
#pragma once

#include <cstdint>

#include "base/units.h"
#include "kernels/models/device_memory.h"
#include "kernels/models/model.h"
#include "kernels/models/model_split.h"
#include "kernels/models/precision.h"

namespace rehearse {

// Weights, gradients, optimizer and activations; nothing of the other parts. Gradients are stored
// as the weights; the optimizer holds `slots` fp32 values per parameter, and an fp32 master copy
// below 4 bytes; activations are Model::activation_elements_per_sample * batch * element, and what
// split layers have gathered.
//
// fp32 and tf32 store 4 B, bf16 and fp16 2 B with fp32 master weights (Micikevicius et al.,
// arXiv:1710.03740). fp8 is a format of the matrix inputs: weights and gradients stay 2 B,
// activations are 1 B (Micikevicius et al., arXiv:2209.05433). `slots`: 0 plain SGD, 1 momentum, 2
// Adam. REQUIRES: batch >= 1, slots >= 0.
DeviceMemory training_memory(const Model& model, std::int64_t batch, Precision precision, int slots,
                             const ModelSplit& split = {});

}  // namespace rehearse
