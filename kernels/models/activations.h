// What training keeps in memory between the forward and the backward pass.
//
// What the backward pass of a kind needs is told by its LayerOp (kernels/models/ops/layer_op.h):
// the input, the output, elements of its own (a mask counts one element each). A buffer needed
// twice is kept once. Views and kinds that work in place, where they alone read a tensor that its
// producer does not need again, have no buffer of their own. (The rules of automatic
// differentiation in PyTorch and TensorFlow; workspaces of libraries are not counted.)
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse {

// Elements for one sample. `consumers`: for each layer the number of its readers.
std::int64_t kept_elements(const std::vector<Layer>& layers,
                           const std::vector<std::size_t>& consumers);

}  // namespace rehearse
