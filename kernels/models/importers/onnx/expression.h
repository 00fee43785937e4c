// Layers that are written as several operators on the elements of one activation.
//
//   x / 1.41 -> Erf -> + 1 -> * x -> * 0.5                           GELU (Hendrycks, Gimpel,
//                                                                    arXiv:1606.08415)
//   x - ReduceMean(x) -> / Sqrt(ReduceMean(Pow 2) + e) -> * w -> + b layer normalisation
//
// Operators are gathered until another kind of operator reads the result. Which they are tells the
// layer; their order does not matter. Sums and products with one number alone make no layer.
#pragma once

#include "kernels/models/importers/onnx/network.h"

namespace rehearse::onnx_import {

// Makes the layer of an activation with an expression, and the activation its output. Throws
// Error::input for operators that are no layer of ours.
void settle(Network& network, Activation& activation);

// The rules of operators that extend expressions.
void take_sum_or_product(Network& network, const Node& node);  // Add, Sub, Mul, Div
void take_function(Network& network, const Node& node);        // Pow, Erf, Sqrt, Tanh, Sigmoid …
void take_mean(Network& network, const Node& node);            // ReduceMean

}  // namespace rehearse::onnx_import
