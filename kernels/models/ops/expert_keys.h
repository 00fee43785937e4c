// Keys and checks that a router and its experts share.
#pragma once

#include <vector>

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

// experts and active.
std::vector<LayerKey> expert_keys();

// Reads them. Throws Error::input.
void read_experts(ObjectReader& layer, LayerSpec& spec);

// Throws Error::input unless 1 <= active <= experts.
void check_experts(const ExpertShape& experts);

}  // namespace rehearse
