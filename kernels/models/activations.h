// What training keeps in memory between the forward and the backward pass.
//
// What the backward pass of a kind needs is told by its LayerOp (kernels/models/ops/layer_op.h):
// the input, the output, elements and bytes of its own (a mask is a byte for each element). A
// buffer needed twice is kept once. Views and kinds that work in place, where they alone read a
// tensor that its producer does not need again, have no buffer of their own. (The rules of
// automatic differentiation in PyTorch and TensorFlow; workspaces of libraries are not counted.)
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/models/layer.h"
#include "kernels/models/recompute.h"

namespace rehearse {

struct Kept {
  std::int64_t elements = 0;  // in the precision of the activations
  // Of them, those that only products with weights read, which may be kept in the precision of
  // matrix inputs.
  std::int64_t matrix_inputs = 0;
  std::int64_t bytes = 0;  // beside them: masks, integers, statistics in fp32

  Kept& operator+=(const Kept& other);
  Kept& operator-=(const Kept& other);
};

// For one sample. `consumers`: for each layer the number of its readers. The scores of a language
// model and their gradient are no part: they live for one operator (transient memory).
Kept kept_for_backward(const std::vector<Layer>& layers, const std::vector<std::size_t>& consumers);

// The same where some operators run again. Under Recompute::full a block keeps its input, and while
// one block runs again all that this would keep.
Kept kept_for_backward(const Model& model, const Recompute& recompute);

// Of it, the model's input.
Kept kept_input(const Model& model, const Recompute& recompute);

}  // namespace rehearse
