// Which layers the memory of a device bounds, whose kernels differ most from software to software:
// one fused kernel, or one for each step of a formula.
#pragma once

#include <vector>

#include "kernels/devices/cost_model.h"
#include "kernels/models/model.h"

namespace rehearse {

// Element-wise operators, norms and others that are no product of matrices and no attention.
bool is_stream(const Layer& layer);

// Multiplies the times of these by the factor of training.stream_factor.
void scale_streams(const Model& model, double factor, std::vector<LayerTimes>& times);

}  // namespace rehearse
