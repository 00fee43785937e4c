// The experts of a mixture of which each rank of a group has a share (Layer::first on). Steps go to
// the ranks whose experts serve them, as many as there are, and their results come back.
#pragma once

#include <memory>

#include "kernels/cpu/operation.h"

namespace rehearse::cpu {

// REQUIRES: ExpertShape::ranks of the layer is above 1.
std::unique_ptr<Operation> make_shared_experts(const Site& site);

}  // namespace rehearse::cpu
