// Device memory of a training step, on a device that holds the whole model or its share of it.
#pragma once

#include <cstdint>

#include "base/units.h"
#include "kernels/models/device_memory.h"
#include "kernels/models/model.h"
#include "kernels/models/model_split.h"
#include "kernels/models/precision.h"
#include "kernels/models/recompute.h"

namespace rehearse {

struct TrainingMemoryOptions {
  int gradient_bytes = 0;  // of an element of a stored gradient; 0: as the weights
  Recompute recompute{};
};

// Weights, gradients, optimizer, activations and transient memory; nothing of the other parts. The
// optimizer holds `slots` fp32 values per parameter, and an fp32 master copy of weights below 4
// bytes; activations are what training keeps for the batch (kernels/models/activations.h), and what
// split layers have gathered.
//
// Transient memory is that of language models at its peak: the scores of all tokens with their fp32
// softmax, or the gradients of a block's weights and of the widest function inside it, whichever is
// more.
//
// fp32 and tf32 store 4 B, bf16 and fp16 2 B with fp32 master weights (Micikevicius et al.,
// arXiv:1710.03740). fp8 and below are formats of the matrix inputs: weights, gradients and
// activations stay 2 B, but activations that only products read are kept in the format
// (Micikevicius et al., arXiv:2209.05433). `slots`: 0 plain SGD, 1 momentum, 2 Adam. REQUIRES:
// batch >= 1, slots >= 0.
DeviceMemory training_memory(const Model& model, std::int64_t batch, Precision precision, int slots,
                             const ModelSplit& split = {},
                             const TrainingMemoryOptions& options = {});

// Of a language model or a rank's part of one: what one operator holds for a moment, at most.
Bytes transient_memory(const Model& model, double batch, Precision precision);

}  // namespace rehearse
