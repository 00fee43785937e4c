// Which ReLU layers run inside the layer before them.
//
// A ReLU that alone reads the output of a convolution, dense layer, batch normalisation or sum
// (LayerOp::relu_fusion) is applied by that layer's forward pass, so that the activations pass
// through memory once. Batch normalisation applies it in its backward pass as well; behind the
// others the ReLU layer's own backward pass remains. The times of both layers follow: layer_key
// ends in " relu fused" for the producer and in " fused into K" for the ReLU, K the kind of the
// producer.
#pragma once

#include <cstddef>

#include "kernels/models/model.h"

namespace rehearse {

// Whether `layer` applies the ReLU that follows it.
bool applies_relu(const Model& model, std::size_t layer);

// Whether `layer` is a ReLU that its producer applies.
bool is_fused_relu(const Model& model, std::size_t layer);

// Whether its producer applies it in the backward pass as well.
bool is_wholly_fused_relu(const Model& model, std::size_t layer);

}  // namespace rehearse
