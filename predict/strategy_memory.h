// What the training strategy keeps on a device besides weights, gradients and slots.
#pragma once

#include "kernels/models/device_memory.h"
#include "predict/job_point.h"

namespace rehearse {

// Adds fusion buffers (one per lane of each reducer, runtime/strategies/gradient_reducer.h), copies
// of gradients and weights that strategies keep, and what codecs keep. REQUIRES: the gradients of
// the model are in.
void add_strategy_memory(const JobPoint& job, DeviceMemory& memory);

}  // namespace rehearse
