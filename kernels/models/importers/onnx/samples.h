// Which input of a graph holds the samples, and what its dimensions are.
#pragma once

#include <map>
#include <string>

#include "kernels/models/importers/onnx.h"
#include "kernels/models/importers/onnx/axes.h"

namespace rehearse::onnx_import {

struct Samples {
  std::string input{};
  bool tokens = false;
  std::int64_t batch = 1;
  Axes axes{};
  Shape shape{};
  std::map<std::string, std::int64_t> open{};  // what symbols of open dimensions stand for
};

// Tokens are what the largest table is read with; else the samples are the only input of floating
// numbers. Throws Error::input where there is no such input, and for an open dimension of it that
// the options do not tell.
Samples find_samples(const Graph& graph, const OnnxOptions& options);

// The extents of another input, a mask of the steps perhaps.
Dims extents_of(const GraphInput& input, const Samples& samples);

}  // namespace rehearse::onnx_import
