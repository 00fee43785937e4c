// The slow obvious twins of layers that compute sequences of vectors, in double precision. All
// arrays are samples x steps x channels.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse::test {

struct StepsIn {
  const double* values;
  std::int64_t channels;
};

// Whether reference_steps() computes layers of the kind.
bool is_of_steps(LayerKind kind);

// Writes the output of the layer for `samples`. `own`: its parameters, tensor by tensor, in plain
// order.
void reference_steps(const Layer& layer, std::int64_t samples, const std::vector<StepsIn>& inputs,
                     const double* own, std::vector<double>& out);

}  // namespace rehearse::test
