// The rows of `rehearse model`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "kernels/models/model.h"
#include "kernels/models/precision.h"

namespace rehearse {

struct LayerRow {
  std::string name;
  std::string kind;
  std::string output;           // "64x112x112" for one sample
  std::int64_t parameters = 0;  // trainable elements
  Flops forward_flops;          // of the batch, as the next two
  Bytes forward_bytes;          // memory traffic
  Bytes activation;             // of the output
};

// One row per layer, in order. REQUIRES: batch >= 1.
std::vector<LayerRow> layer_table(const Model& model, Precision precision, std::int64_t batch = 1);

}  // namespace rehearse
