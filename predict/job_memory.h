// The memory of a device at a point of the sweep, part by part.
#pragma once

#include <string>

#include "kernels/models/device_memory.h"
#include "predict/job_point.h"

namespace rehearse {

// All parts: those of training (kernels/models/training_memory.h), of the strategy and of
// the framework.
DeviceMemory job_memory(const JobPoint& job);

// Adds fusion buffers (one per lane of each reducer, runtime/strategies/gradient_reducer.h), copies
// of gradients and weights that strategies keep, and what codecs keep. REQUIRES: the gradients of
// the model are in.
void add_strategy_memory(const JobPoint& job, DeviceMemory& memory);

// What would make a job fit that does not: a smaller batch, recomputation, or neither. One clause.
std::string what_would_fit(const JobPoint& job);

}  // namespace rehearse
