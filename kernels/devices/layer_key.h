// The identity of a layer as far as its cost goes: layers with equal keys take equally long on the
// same device at the same batch. Measured layer times are filed under it.
#pragma once

#include <cstddef>
#include <string>

#include "kernels/models/model.h"

namespace rehearse {

// For example "convolution 64x56x56 -> 256x56x56 kernel 1x1 stride 1x1 padding 0x0 groups 1" (plus
// " bias" where it has one), "dense 9216 -> 4096 bias", "add 2 of 256x56x56", "concat 64x35x35
// 64x35x35 96x35x35 32x35x35", "max_pool 64x112x112 -> 64x56x56 kernel 3x3 stride 2x2 padding 1x1",
// "lrn 64x55x55 size 5". Then " relu fused" where the layer applies the ReLU behind it, and for
// that ReLU "relu 64x56x56 fused into batch_norm" (kernels/devices/layer_fusion.h). Ends in "
// first" where the layer's backward pass computes no gradient of its inputs, and in " shared N"
// where N > 1 layers read its output (the backward pass then sums their gradients).
std::string layer_key(const Model& model, std::size_t layer);

}  // namespace rehearse
