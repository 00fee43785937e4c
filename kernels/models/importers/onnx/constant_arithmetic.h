// Element by element: the operators that compute with constants.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/models/importers/onnx/constants.h"

namespace rehearse::onnx_import {

using Inputs = std::vector<const Constant*>;

// Throws Error::input where it is left out.
const Constant& required(const Inputs& inputs, std::size_t which);

// A constant without a name; values that are too many are not kept.
Constant made(Dims dims, bool integer, std::optional<std::vector<double>> values = std::nullopt);

// The values of a constant, repeated where `dims` are larger. REQUIRES: it has values, and its
// extents are those of `dims` or 1.
std::vector<double> spread(const Constant& in, const Dims& dims);

std::vector<std::string> binary_operators();
Constant combined(const Node& node, const Inputs& inputs);
std::vector<std::string> unary_operators();
Constant mapped(const Node& node, const Inputs& inputs);
Constant chosen(const Inputs& inputs);  // Where

}  // namespace rehearse::onnx_import
