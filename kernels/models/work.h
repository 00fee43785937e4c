// What a layer asks of a device: floating-point operations and memory traffic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/units.h"
#include "kernels/models/model.h"
#include "kernels/models/precision.h"

namespace rehearse {

enum class Direction { forward, backward_data, backward_weights };

struct Work {
  Flops flops;  // one multiply-add is 2
  Bytes bytes;  // every operand read once, every result written once, nothing found in a cache
};

// The work of one layer for a batch. Zero where there is nothing to do: backward_weights without
// parameters, backward_data where nothing upstream has parameters, views. Where the output has
// several consumers, backward_data includes summing their gradients. REQUIRES: batch >= 1.
Work work(const Model& model, std::size_t layer, Direction direction, std::int64_t batch,
          Precision precision);

// Equal kernels of a direction of a layer, each of which waits for the one before.
struct Kernels {
  std::int64_t count = 1;
  Work work;  // of each
  // Of products of matrices: LayerOp::kernels. 0 where a layer is one kernel.
  double reduction = 0;
  double features = 0;
  std::int64_t groups = 1;  // equal products at once, of the batch
  bool attends = false;     // LayerOp: the core of an attention
};

// What a device runs for one direction of a layer, in order; together they do its work. Empty where
// there is nothing to do; one kernel for most layers. REQUIRES: batch >= 1.
std::vector<Kernels> kernels(const Model& model, std::size_t layer, Direction direction,
                             std::int64_t batch, Precision precision);

// Multiply-adds of the products with weights (convolutions, dense and recurrent layers) for one
// sample, forward.
double forward_multiply_adds(const Model& model);

// Forward and backward operations of those products for a batch: the numerator of the model FLOP
// utilisation (Chowdhery et al., arXiv:2204.02311, appendix B), without recomputation.
Flops model_flops(const Model& model, std::int64_t batch);

}  // namespace rehearse
