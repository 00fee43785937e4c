// The layer table of a model for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/devices/layer_table.h"
#include "kernels/models/training_memory.h"

namespace rehearse {

struct ModelReport {
  const Model* model = nullptr;
  Precision precision = Precision::fp32;
  std::int64_t batch = 1;
  std::vector<LayerRow> rows;  // of the batch
  DeviceMemory memory;         // of one device that holds the whole model
};

std::string model_table(const ModelReport& report);

// {"model", "precision", "batch", "parameters", "active_parameters", "flops_per_sample",
// "flops_per_token", "flops_convention", "forward_flops", "forward_bytes", "memory_bytes":
// {the parts of a DeviceMemory, "total"}, "layers": [{"name", "kind",
// "output", "parameters", "forward_flops", "forward_bytes", "activation_bytes"}]}; FLOP and bytes
// of the batch, but those of a sample and a token are of a training step without recomputation; of
// a token null where the model has none.
std::string to_json(const ModelReport& report);

}  // namespace rehearse
