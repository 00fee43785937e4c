// The experts of a mixture of which each rank of a group has a share (Layer::first on), as
// kernels/cpu/shared_experts.h computes them: steps go to the ranks whose experts serve them, as
// many as there are, and their results come back. Includes nothing of CUDA.
#pragma once

#include <memory>

#include "kernels/cuda/operation.h"

namespace rehearse::cuda {

// REQUIRES: ExpertShape::ranks of the layer is above 1.
std::unique_ptr<Operation> make_shared_experts(const Site& site);

}  // namespace rehearse::cuda
