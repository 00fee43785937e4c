// What makes a training pointless, or its numbers misleading, though nothing fails.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/models/model.h"
#include "scenarios/scenario.h"

namespace rehearse {

// The first layer of batch normalisation that sees one value per channel where `batch` samples are
// computed together, with its output: "norm1 (8x1x1)"; empty if there is none. Less its mean one
// value is 0: the output of the layer is its shift, whatever its input, and nothing before it
// learns. (PyTorch refuses it: torch.nn.functional.batch_norm.)
std::string one_value_per_channel(const Model& model, std::int64_t batch);

// The samples of the worker that gets the fewest in a step.
std::int64_t smallest_batch(const Scenario& scenario, std::int64_t workers);

// Whether a step takes more samples than the training set has, so that some come twice.
bool repeats_samples(const Scenario& scenario, std::int64_t workers);

// What a warning says of it.
std::string repetition_text(const Scenario& scenario);

}  // namespace rehearse
