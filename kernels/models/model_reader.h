// The "model" object of a scenario.
//
//   {"zoo": "inception_v3", "aux": true}            also "image_size"
//   {"zoo": "llama3_8b"}                            a language model
//   {"hf_config": "config.json"}                    beside the scenario
//   {"hf_config": {"model_type": "llama", …}}       the configuration itself
//   {"onnx": "m.onnx"}                              beside the scenario; also "image_size"
//   {"name": "tiny", "input": {"channels": 3, "height": 32, "width": 32},
//    "layers": [{"name": "c1", "kind": "convolution", "channels": 16, "kernel": 3, "padding": 1},
//               {"kind": "relu"}, {"kind": "dense", "features": 10}]}
//
// Keys of a layer: name (default kind and position: "relu_2"), kind, from (a name or an array of
// names; default the layer before); convolution: channels, kernel, stride (1), padding (0), groups
// (1), bias (true); dense: features, bias (true), or tied; max_pool and average_pool: kernel,
// stride (= kernel), padding (0); dropout: rate (0.5); lrn: size (5); lstm: units, return_sequences
// (false). kernel, stride, padding and dilation (1) are a number, [height, width] or [depth,
// height, width]. The loss is appended. The input of a sequence is {"channels": 32, "sequence":
// 20}: 20 steps, each a vector of 32; of tokens {"channels": 1, "sequence": 1024}, before an
// embedding. docs/formats.md lists the keys of all kinds.
//
// Of language models of the zoo, configurations and ONNX files also: flash (true), dropout (the
// model's own), flops ("causal" or "full": what model FLOP count of causal attention),
// prediction_modules (0), layer_count (the model's own).
#pragma once

#include <cstdint>
#include <optional>

#include "base/json_reader.h"
#include "kernels/models/model.h"

namespace rehearse {

// `classes` and `sequence` (steps of a sample): of the scenario's data; absent: the model's own.
// Throws Error::input for anything unknown or out of bounds, and when the scores of a list of
// layers are not `classes` or its input has not `sequence` steps.
Model read_model(ObjectReader reader, std::optional<std::int64_t> classes,
                 std::optional<std::int64_t> sequence = std::nullopt);

}  // namespace rehearse
