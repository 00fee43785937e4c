// How the kernels of the software differ from those that the laws of a device were fitted to: one
// fused kernel or one for each step of a formula, older attentions.
#pragma once

#include <vector>

#include "kernels/devices/cost_model.h"
#include "kernels/models/model.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Factors on the times of layers: Scenario::stream_factor, of element-wise operators, norms and
// others that are no product of matrices, no attention and no loss; Scenario::attention_factor.
struct SoftwareFactors {
  double stream = 1, attention = 1;
};

void scale_times(const Model& model, const SoftwareFactors& factors,
                 std::vector<LayerTimes>& times);

SoftwareFactors factors_of(const Scenario& scenario);

}  // namespace rehearse
