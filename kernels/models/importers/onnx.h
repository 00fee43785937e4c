// Networks in files of ONNX (Open Neural Network Exchange), as PyTorch and others write them.
//
//   Model model = read_onnx("m.onnx", {.sequence = 128});
//
// The extents are read, never the weights: a file whose weights are stored beside it is enough.
// Each operator becomes a layer; normalisations, GELUs and attentions that are written as several
// operators are found again. The first dimension of the input, or the one whose name holds "batch",
// counts samples; the dimension of time may be open in the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse {

struct OnnxOptions {
  std::optional<std::int64_t> sequence{};    // steps of a sample, where the file leaves them open
  std::optional<std::int64_t> image_size{};  // pixels of a side, likewise
  bool flash = true;                         // AttentionShape::flash
  double dropout = 0;                        // of the weights of attentions
  bool full_attention_flops = false;         // Model::counts_full_attention
};

// Throws Error::input, which names the file, for what is no ONNX file, for a network that cannot be
// told by our layers (operators that are not read are all named, with their number), and for a
// dimension that the file leaves open and the options do not tell.
Model read_onnx(const std::string& path, const OnnxOptions& options);

// The operators that are read.
std::vector<std::string> onnx_operators();

}  // namespace rehearse
