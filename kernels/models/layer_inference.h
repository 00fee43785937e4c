// What follows from a layer's attributes and the shapes of its inputs.
#pragma once

#include <vector>

#include "kernels/models/layer.h"

namespace rehearse {

// The output shape of `layer`, whose other fields are filled, except of the kind `input`.
// `features`: channels of a convolution, outputs of a dense layer. Throws Error::input, without
// naming the layer, for a wrong number of inputs, shapes that do not fit and sizes beyond
// model_limits.h.
Shape infer_output(const Layer& layer, const std::vector<Shape>& inputs, std::int64_t features);

// The trainable tensors of `layer`, whose output shape is filled; names start with the layer's
// name. Throws Error::input for a tensor beyond model_limits.h.
std::vector<ParameterTensor> infer_parameters(const Layer& layer, const std::vector<Shape>& inputs);

// Throws Error::input unless every dimension lies in [1, kMaxDimension] and the elements are few
// enough.
void check_shape(const Shape& shape);

}  // namespace rehearse
