// The kernels of a layer as laws of measured kernels ask for them (kernels/devices/kernel_law.h).
#pragma once

#include <optional>

#include "kernels/devices/kernel_query.h"
#include "kernels/models/model.h"
#include "kernels/models/work.h"

namespace rehearse {

// A direction of a layer at a batch.
struct LayerPass {
  const Model& model;
  std::size_t index;
  Direction direction;
  std::int64_t batch;

  [[nodiscard]] const Layer& layer() const { return model.layers()[index]; }
};

// A kernel as the product of two matrices: each output sums `reduction` products, `features`
// outputs share their other operand.
struct MatrixShape {
  double reduction;
  double features;
};

// Nothing for a kernel that multiplies no matrices. The core of an attention counts as the product
// of its queries and keys.
std::optional<MatrixShape> matrix_shape(const Kernels& kernel, const LayerPass& pass);

// Whether the layer reads or makes a sequence.
bool is_of_sequence(const LayerPass& pass);

// Products are steps x features, whose third extent is what is left of the operations; cores of
// attentions go as they are. Of layers of sequences whatever else moves memory is a pass over rows:
// a norm, a softmax, or else a function of as many elements as are read and written. Nothing for
// what tables of kernels do not know.
std::optional<KernelQuery> kernel_query(const Kernels& kernel,
                                        const std::optional<MatrixShape>& product,
                                        const LayerPass& pass, Precision precision);

}  // namespace rehearse
