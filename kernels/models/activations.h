// What training keeps in memory between the forward and the backward pass.
//
// Backward needs: of convolution, dense, batch_norm, lrn: the input; of relu: the output; of
// max_pool: input and output; of dropout: a mask, counted as one element each; of the loss: its
// output. add, concat, flatten and average pools need nothing. A buffer needed twice is kept once.
// relu, dropout and flatten work in place where they alone read a tensor that its producer does not
// need again. (The rules of automatic differentiation in PyTorch and TensorFlow; workspaces of
// libraries are not counted.)
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse {

// Elements for one sample. `consumers`: for each layer the number of its readers.
std::int64_t kept_elements(const std::vector<Layer>& layers,
                           const std::vector<std::size_t>& consumers);

}  // namespace rehearse
