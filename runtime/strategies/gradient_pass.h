// What a worker does for one gradient under every strategy: reads a batch, runs the layers forward
// and backward.
#pragma once

#include <functional>
#include <span>

#include "runtime/strategies/step_record.h"
#include "runtime/strategies/training_layer.h"
#include "runtime/world/world.h"

namespace rehearse {

// Told of every layer whose backward pass has been launched; its gradients are complete at `event`.
using GradientReady = std::function<void(const TrainingLayer& layer, Event event)>;

// Returns when the device is done; adds input_wait, compute and other to the record, and sets
// backward_end. REQUIRES: no layer is split; Device::begin_step was called.
void compute_gradient(World& world, std::span<const TrainingLayer> layers, StepRecord& record,
                      const GradientReady& ready = {});

// The sizes of the gradients in the order in which they become ready: last layer first.
std::vector<std::int64_t> gradient_elements(std::span<const TrainingLayer> layers);

}  // namespace rehearse
