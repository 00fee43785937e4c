// The passes of a data-parallel worker over one batch: input, all layers forward, all layers
// backward.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "runtime/strategies/step_record.h"
#include "runtime/strategies/sync_sgd.h"
#include "runtime/world/world.h"

namespace rehearse {

// The gradients of a layer that has some were launched, and are complete at the event; elements
// [begin, begin + elements) of all gradients. Returns up to which event the passes last.
using GradientsLaunched = std::function<Event(const TrainingLayer&, ParameterRange, Event)>;

// Reads a batch and takes its passes; returns when the device is done. Adds input_wait, compute and
// other to the record, and sets when the passes ended. `launched` may be empty. REQUIRES: no layer
// is split; the step has begun.
void compute_gradient(World& world, const std::vector<TrainingLayer>& layers, StepRecord& record,
                      const GradientsLaunched& launched = {});

// Begins the step and takes its passes. REQUIRES: no layer is split.
StepRecord take_passes(World& world, const std::vector<TrainingLayer>& layers, std::int64_t step,
                       const GradientsLaunched& launched);

// The sizes of the gradients in the order in which they become ready: last layer first.
std::vector<std::int64_t> gradient_sizes(const std::vector<TrainingLayer>& layers);
// The elements of all of them, and of one layer.
std::int64_t parameter_count(const std::vector<TrainingLayer>& layers);
std::int64_t parameter_count(const TrainingLayer& layer);

}  // namespace rehearse
