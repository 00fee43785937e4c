// The layer table of a model for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "kernels/layer_table.h"

namespace rehearse {

// REQUIRES: `rows` is the layer table of `model` at `precision`.
std::string model_table(const Model& model, Precision precision, const std::vector<LayerRow>& rows);

// {"model", "precision", "parameters", "forward_flops", "forward_bytes", "layers": [{"name",
// "kind",
//  "output", "parameters", "forward_flops", "forward_bytes", "activation_bytes"}]}; FLOP and bytes
//  of
// one sample.
std::string to_json(const Model& model, Precision precision, const std::vector<LayerRow>& rows);

}  // namespace rehearse
